#include "CArchive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

struct assay_gzip {
  z_stream stream;
  const unsigned char *next;
  size_t left;
  int ended;
  const char *message;
};

enum { largest_piece = 1 << 30 };  // zlib counts in 32 bits

assay_gzip *assay_gzip_open(const void *bytes, size_t count) {
  assay_gzip *gzip = calloc(1, sizeof *gzip);
  if (!gzip) return NULL;
  gzip->next = bytes;
  gzip->left = count;
  gzip->message = "";
  if (inflateInit2(&gzip->stream, 15 + 16) != Z_OK) {  // 15: largest window, +16: gzip wrapper only
    free(gzip);
    return NULL;
  }
  return gzip;
}

// Moves on to a member that follows; other bytes after the end are padding.
static void end_member(assay_gzip *gzip) {
  if (gzip->left >= 2 && gzip->next[0] == 0x1f && gzip->next[1] == 0x8b) {
    inflateReset(&gzip->stream);
  } else {
    gzip->ended = 1;
  }
}

int assay_gzip_read(assay_gzip *gzip, void *target, size_t capacity, size_t *produced) {
  unsigned char *out = target;
  *produced = 0;
  while (*produced < capacity && !gzip->ended) {
    size_t room = capacity - *produced;
    uInt in_size = (uInt)(gzip->left < largest_piece ? gzip->left : largest_piece);
    uInt out_size = (uInt)(room < largest_piece ? room : largest_piece);
    gzip->stream.next_in = (Bytef *)gzip->next;
    gzip->stream.avail_in = in_size;
    gzip->stream.next_out = out + *produced;
    gzip->stream.avail_out = out_size;
    int status = inflate(&gzip->stream, Z_NO_FLUSH);
    size_t consumed = in_size - gzip->stream.avail_in;
    size_t written = out_size - gzip->stream.avail_out;
    gzip->next += consumed;
    gzip->left -= consumed;
    *produced += written;
    if (status == Z_STREAM_END) {
      end_member(gzip);
    } else if (status == Z_BUF_ERROR || (status == Z_OK && consumed == 0 && written == 0)) {
      gzip->message = "the compressed data end too early";
      return 1;
    } else if (status != Z_OK) {
      gzip->message = gzip->stream.msg ? gzip->stream.msg : "the compressed data are damaged";
      return 1;
    }
  }
  return 0;
}

const char *assay_gzip_message(const assay_gzip *gzip) { return gzip->message; }

void assay_gzip_close(assay_gzip *gzip) {
  if (!gzip) return;
  inflateEnd(&gzip->stream);
  free(gzip);
}

struct assay_zip {
  zip_t *archive;
};

assay_zip *assay_zip_open(const char *path, char *message, size_t message_capacity) {
  assay_zip *handle = calloc(1, sizeof *handle);
  if (!handle) {
    snprintf(message, message_capacity, "no memory");
    return NULL;
  }
  int code = 0;
  handle->archive = zip_open(path, ZIP_RDONLY, &code);
  if (!handle->archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    snprintf(message, message_capacity, "%s", zip_error_strerror(&error));
    zip_error_fini(&error);
    free(handle);
    return NULL;
  }
  return handle;
}

uint64_t assay_zip_count(assay_zip *archive) {
  zip_int64_t count = zip_get_num_entries(archive->archive, 0);
  return count < 0 ? 0 : (uint64_t)count;
}

int assay_zip_describe(
    assay_zip *archive, uint64_t index, assay_zip_entry *entry, char *message, size_t message_capacity) {
  const zip_uint64_t wanted = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  zip_stat_t stat;
  if (zip_stat_index(archive->archive, index, 0, &stat) || (stat.valid & wanted) != wanted) {
    snprintf(message, message_capacity, "%s", zip_strerror(archive->archive));
    return 1;
  }
  entry->name = stat.name;
  entry->size_B = stat.size;
  entry->compressed_B = stat.comp_size;
  entry->method = stat.comp_method;
  entry->is_encrypted = (stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE;
  return 0;
}

int assay_zip_read(
    assay_zip *archive, uint64_t index, void *target, uint64_t size_B, char *message, size_t message_capacity) {
  zip_file_t *file = zip_fopen_index(archive->archive, index, 0);
  if (!file) {
    snprintf(message, message_capacity, "%s", zip_strerror(archive->archive));
    return 1;
  }
  uint64_t done = 0;
  zip_int64_t count = 0;
  while (done < size_B) {
    uint64_t piece = size_B - done < largest_piece ? size_B - done : largest_piece;
    count = zip_fread(file, (char *)target + done, piece);
    if (count <= 0) break;
    done += (uint64_t)count;
  }
  char more;  // libzip compares the checksum only when the end has been read
  if (count >= 0 && done == size_B) count = zip_fread(file, &more, 1);
  int failed = 1;
  if (count < 0) {
    snprintf(message, message_capacity, "%s", zip_file_strerror(file));
  } else if (done < size_B) {
    snprintf(message, message_capacity, "the entry is shorter than the archive says");
  } else if (count > 0) {
    snprintf(message, message_capacity, "the entry is longer than the archive says");
  } else {
    failed = 0;
  }
  zip_fclose(file);
  return failed;
}

void assay_zip_close(assay_zip *archive) {
  if (!archive) return;
  zip_discard(archive->archive);
  free(archive);
}
