#pragma once
// The thin C surface over zlib (reading gzip) and libzip (reading zip archives).
// Sizes that a file announces are handed over as claims; nothing is allocated for them here.
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

typedef struct assay_gzip assay_gzip;

/// Begins to read gzip data in memory, which must outlive the handle; NULL without memory.
assay_gzip *_Nullable assay_gzip_open(const void *bytes, size_t count);
/// Inflates up to `capacity` bytes; fewer only at the end of the data, where length and checksum have been compared.
/// 0 when well; otherwise see `assay_gzip_message`. Members that follow one another are read as one.
int assay_gzip_read(assay_gzip *gzip, void *target, size_t capacity, size_t *produced);
/// What went wrong in the last read, valid until the next call.
const char *assay_gzip_message(const assay_gzip *gzip);
void assay_gzip_close(assay_gzip *_Nullable gzip);

typedef struct assay_zip assay_zip;

/// What the directory of an archive says of one entry.
typedef struct {
  /// Valid as long as the archive is open.
  const char *_Nullable name;
  uint64_t size_B;
  uint64_t compressed_B;
  /// 0 stored, 8 deflated; others are not read here.
  uint16_t method;
  int is_encrypted;
} assay_zip_entry;

/// Opens an archive for reading; NULL with a message on failure.
assay_zip *_Nullable assay_zip_open(const char *path, char *message, size_t message_capacity);
uint64_t assay_zip_count(assay_zip *archive);
/// 0 when well; otherwise a message.
int assay_zip_describe(
    assay_zip *archive, uint64_t index, assay_zip_entry *entry, char *message, size_t message_capacity);
/// Inflates an entry that must be exactly `size_B` bytes long, and compares its checksum. 0 when well.
int assay_zip_read(
    assay_zip *archive, uint64_t index, void *_Nullable target, uint64_t size_B, char *message,
    size_t message_capacity);
void assay_zip_close(assay_zip *_Nullable archive);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
