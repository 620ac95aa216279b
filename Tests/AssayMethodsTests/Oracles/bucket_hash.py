"""XXH32 of texts and of positions, and the buckets and signs that follow, by the package xxhash 4.1.0."""
import struct

import xxhash

for text, seed in [("", 0), ("", 2654435761), ("a", 0), ("abc", 0), ("abc", 7), ("0123456789abcde", 1),
                   ("0123456789abcdef", 1), ("Nobody inspects the spammish repetition", 0)]:
    print(f'("{text}", {seed}, 0x{xxhash.xxh32(text.encode(), seed=seed).intdigest():08x}),')

seed, buckets = 0x12345678, 10
other = (~seed + 0x9E3779B9) & 0xFFFFFFFF
positions = [0, 1, 2, 3, 4, 5, 6, 7, 255, 256, 784999, 2**32 - 1, 2**32, 2**40 + 3]
keys = [struct.pack("<Q", position) for position in positions]
print([xxhash.xxh32(key, seed=seed).intdigest() * buckets >> 32 for key in keys])
print([xxhash.xxh32(key, seed=other).intdigest() & 1 for key in keys])
