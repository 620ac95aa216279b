#define _GNU_SOURCE
#include "CCSV.h"

#include <csv.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { chunk_size = 64 * 1024 };
static const unsigned char byte_order_mark[3] = {0xEF, 0xBB, 0xBF};

struct assay_csv_reader {
  struct csv_parser parser;
  assay_csv_field_function on_field;
  assay_csv_row_function on_row;
  void *context;
  size_t line;          // 1-based line of the next byte outside of a field
  size_t row_line;      // line where the current row began
  size_t field_count;   // fields of the current row so far
  size_t mark_matched;  // bytes of the byte order mark seen; 3 or more once decided
  int after_carriage_return;
  int stopped;
};

static size_t count_newlines(const char *bytes, size_t count) {
  size_t newlines = 0;
  const char *end = bytes + count;
  while (bytes < end && (bytes = memchr(bytes, '\n', (size_t)(end - bytes)))) {
    newlines++;
    bytes++;
  }
  return newlines;
}

static void field_ended(void *bytes, size_t count, void *user) {
  assay_csv_reader *reader = user;
  const char *text = bytes ? bytes : "";
  if (reader->field_count == 0) reader->row_line = reader->line;
  reader->field_count++;
  reader->after_carriage_return = 0;
  if (!reader->stopped && reader->on_field(reader->context, text, count, reader->line)) reader->stopped = 1;
  reader->line += count_newlines(text, count);
}

// With CSV_REPALL_NL libcsv reports every line end outside of quotes, also those of blank lines: that is what makes
// the line numbers right.
static void line_ended(int terminator, void *user) {
  assay_csv_reader *reader = user;
  if (reader->field_count > 0) {
    if (!reader->stopped && reader->on_row(reader->context, reader->row_line, reader->field_count)) reader->stopped = 1;
    reader->field_count = 0;
  }
  if (terminator == '\r') {
    reader->line++;
    reader->after_carriage_return = 1;
  } else if (terminator == '\n') {
    if (!reader->after_carriage_return) reader->line++;
    reader->after_carriage_return = 0;
  }
}

static assay_csv_status fail(assay_csv_failure *failure, assay_csv_status status, size_t line, const char *message) {
  failure->line = line;
  snprintf(failure->message, sizeof failure->message, "%s", message);
  return status;
}

assay_csv_reader *assay_csv_reader_open(
    char delimiter, assay_csv_field_function on_field, assay_csv_row_function on_row, void *context) {
  assay_csv_reader *reader = calloc(1, sizeof *reader);
  if (!reader) return NULL;
  if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_APPEND_NULL)) {
    free(reader);
    return NULL;
  }
  csv_set_delim(&reader->parser, (unsigned char)delimiter);
  reader->on_field = on_field;
  reader->on_row = on_row;
  reader->context = context;
  reader->line = 1;
  return reader;
}

static assay_csv_status parse_piece(
    assay_csv_reader *reader, const void *bytes, size_t count, assay_csv_failure *failure) {
  if (csv_parse(&reader->parser, bytes, count, field_ended, line_ended, reader) == count) return ASSAY_CSV_OK;
  if (reader->stopped) return ASSAY_CSV_STOPPED;
  if (csv_error(&reader->parser) != CSV_EPARSE) {
    return fail(failure, ASSAY_CSV_NO_MEMORY, 0, "no memory for a field");
  }
  size_t line = reader->line;
  if (reader->parser.entry_buf) line += count_newlines((char *)reader->parser.entry_buf, reader->parser.entry_pos);
  return fail(
      failure, ASSAY_CSV_MALFORMED, line,
      reader->parser.quoted ? "text after the closing quote of a field"
                            : "a quote inside a field that has no quotes around it");
}

assay_csv_status assay_csv_reader_feed(
    assay_csv_reader *reader, const void *bytes, size_t count, assay_csv_failure *failure) {
  const unsigned char *next = bytes;
  const unsigned char *end = next + count;
  while (next < end && reader->mark_matched < sizeof byte_order_mark) {
    if (*next == byte_order_mark[reader->mark_matched]) {
      reader->mark_matched++;
      next++;
      continue;
    }
    size_t matched = reader->mark_matched;
    reader->mark_matched = sizeof byte_order_mark;
    assay_csv_status status = matched ? parse_piece(reader, byte_order_mark, matched, failure) : ASSAY_CSV_OK;
    if (status != ASSAY_CSV_OK) return status;
  }
  while (next < end) {
    size_t piece = (size_t)(end - next) < chunk_size ? (size_t)(end - next) : chunk_size;
    assay_csv_status status = parse_piece(reader, next, piece, failure);
    if (status != ASSAY_CSV_OK) return status;
    if (reader->stopped) return ASSAY_CSV_STOPPED;
    next += piece;
  }
  return ASSAY_CSV_OK;
}

assay_csv_status assay_csv_reader_finish(assay_csv_reader *reader, assay_csv_failure *failure) {
  if (reader->mark_matched < sizeof byte_order_mark && reader->mark_matched > 0) {
    size_t matched = reader->mark_matched;
    reader->mark_matched = sizeof byte_order_mark;
    assay_csv_status status = parse_piece(reader, byte_order_mark, matched, failure);
    if (status != ASSAY_CSV_OK) return status;
  }
  if (csv_fini(&reader->parser, field_ended, line_ended, reader)) {
    return fail(failure, ASSAY_CSV_MALFORMED, reader->line, "a quoted field is never closed");
  }
  return reader->stopped ? ASSAY_CSV_STOPPED : ASSAY_CSV_OK;
}

void assay_csv_reader_close(assay_csv_reader *reader) {
  if (!reader) return;
  csv_free(&reader->parser);
  free(reader);
}

assay_csv_status assay_csv_parse(
    const void *bytes, size_t count, char delimiter, assay_csv_field_function on_field, assay_csv_row_function on_row,
    void *context, assay_csv_failure *failure) {
  assay_csv_reader *reader = assay_csv_reader_open(delimiter, on_field, on_row, context);
  if (!reader) return fail(failure, ASSAY_CSV_NO_MEMORY, 0, "no memory for the parser");
  assay_csv_status status = assay_csv_reader_feed(reader, bytes, count, failure);
  if (status == ASSAY_CSV_OK) status = assay_csv_reader_finish(reader, failure);
  assay_csv_reader_close(reader);
  return status;
}

assay_csv_status assay_csv_parse_file(
    const char *path, char delimiter, assay_csv_field_function on_field, assay_csv_row_function on_row, void *context,
    assay_csv_failure *failure) {
  FILE *file = fopen(path, "rbe");
  if (!file) return fail(failure, ASSAY_CSV_UNREADABLE, 0, strerror(errno));
  assay_csv_reader *reader = assay_csv_reader_open(delimiter, on_field, on_row, context);
  char *chunk = malloc(chunk_size);
  assay_csv_status status =
      reader && chunk ? ASSAY_CSV_OK : fail(failure, ASSAY_CSV_NO_MEMORY, 0, "no memory for the parser");
  while (status == ASSAY_CSV_OK) {
    size_t count = fread(chunk, 1, chunk_size, file);
    if (count > 0) status = assay_csv_reader_feed(reader, chunk, count, failure);
    if (count < chunk_size) break;
  }
  if (status == ASSAY_CSV_OK && ferror(file)) status = fail(failure, ASSAY_CSV_UNREADABLE, 0, strerror(errno));
  if (status == ASSAY_CSV_OK) status = assay_csv_reader_finish(reader, failure);
  free(chunk);
  assay_csv_reader_close(reader);
  fclose(file);
  return status;
}

// Integers below 2^24 and powers of ten up to 10^10 are exact in a float, so one multiplication or division of the two
// is correctly rounded (Clinger 1990, the fast path).
static const float powers_of_ten[11] = {1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f, 1e6f, 1e7f, 1e8f, 1e9f, 1e10f};

static int parse_slowly(const char *bytes, size_t count, float *value) {
  char text[512];
  if (count >= sizeof text) return 1;
  memcpy(text, bytes, count);
  text[count] = 0;
  locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!plain) return 1;
  char *end = NULL;
  float result = strtof_l(text, &end, plain);
  freelocale(plain);
  if (end != text + count || !isfinite(result)) return 1;
  *value = result;
  return 0;
}

int assay_csv_parse_float(const char *bytes, size_t count, float *value) {
  size_t at = 0, digits = 0;
  int negative = 0, exact = 1;
  long exponent = 0;
  uint32_t mantissa = 0;
  if (at < count && (bytes[at] == '-' || bytes[at] == '+')) negative = bytes[at++] == '-';
  for (int fraction = 0; at < count; at++) {
    if (bytes[at] == '.' && !fraction) {
      fraction = 1;
      continue;
    }
    unsigned digit = (unsigned char)bytes[at] - (unsigned)'0';
    if (digit > 9) break;
    digits++;
    exponent -= fraction;
    if (exact) mantissa = mantissa * 10 + digit;
    if (mantissa >= 1u << 24) exact = 0;
  }
  if (digits == 0) return 1;
  if (at < count && (bytes[at] == 'e' || bytes[at] == 'E')) {
    at++;
    int down = 0;
    if (at < count && (bytes[at] == '-' || bytes[at] == '+')) down = bytes[at++] == '-';
    if (at == count) return 1;
    long written = 0;
    for (; at < count; at++) {
      unsigned digit = (unsigned char)bytes[at] - (unsigned)'0';
      if (digit > 9) return 1;
      if (written < 100000) written = written * 10 + (long)digit;
    }
    exponent += down ? -written : written;
  }
  if (at != count) return 1;
  if (!exact || exponent < -10 || exponent > 10) return parse_slowly(bytes, count, value);
  float result = (float)mantissa;
  result = exponent < 0 ? result / powers_of_ten[-exponent] : result * powers_of_ten[exponent];
  *value = negative ? -result : result;
  return 0;
}

static int needs_quotes(const char *bytes, size_t count, char delimiter) {
  if (count == 0) return 0;
  char first = bytes[0], last = bytes[count - 1];
  if (first == ' ' || first == '\t' || last == ' ' || last == '\t') return 1;  // libcsv trims unquoted fields
  if ((unsigned char)first == byte_order_mark[0]) return 1;
  for (size_t i = 0; i < count; i++) {
    char c = bytes[i];
    if (c == '"' || c == ',' || c == '\n' || c == '\r' || c == delimiter) return 1;
  }
  return 0;
}

size_t assay_csv_field_size(const char *bytes, size_t count, char delimiter, int always_quote) {
  if (!always_quote && !needs_quotes(bytes, count, delimiter)) return count;
  return csv_write(NULL, 0, bytes ? bytes : "", count);
}

size_t assay_csv_write_field(
    char *target, size_t capacity, const char *bytes, size_t count, char delimiter, int always_quote) {
  size_t size = assay_csv_field_size(bytes, count, delimiter, always_quote);
  if (size > capacity || !target || size == 0) return size;
  if (always_quote || needs_quotes(bytes, count, delimiter)) {
    csv_write(target, capacity, bytes ? bytes : "", count);
  } else {
    memcpy(target, bytes, count);
  }
  return size;
}
