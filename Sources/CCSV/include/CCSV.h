#pragma once
// The thin C surface over libcsv: parsing with callbacks, one number, one written field.
// UTF-8 is passed through byte for byte. Nothing here is global; a reader belongs to one thread.
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

/// Where and why parsing stopped.
typedef struct {
  /// 1-based line of the file; 0 when the failure has no line (no memory, an unreadable file).
  size_t line;
  char message[160];
} assay_csv_failure;

typedef enum {
  ASSAY_CSV_OK = 0,
  /// The text breaks the quoting rules.
  ASSAY_CSV_MALFORMED = 1,
  ASSAY_CSV_NO_MEMORY = 2,
  /// A callback asked to stop; not a failure.
  ASSAY_CSV_STOPPED = 3,
  /// The file cannot be opened or read.
  ASSAY_CSV_UNREADABLE = 4,
} assay_csv_status;

/// Called for each field, unquoted and without the blanks around an unquoted field; `bytes` are followed by a NUL and
/// valid only during the call. `line` is where the field begins. A result other than 0 stops the parsing.
typedef int (*assay_csv_field_function)(void *_Nullable context, const char *bytes, size_t count, size_t line);

/// Called at the end of each row that has fields; blank lines are no rows. `line` is where the row began.
typedef int (*assay_csv_row_function)(void *_Nullable context, size_t line, size_t field_count);

typedef struct assay_csv_reader assay_csv_reader;

/// A parser to be fed in pieces; NULL without memory. CR, LF and CR LF end a row, a byte order mark is skipped.
/// Always strict: a quote inside an unquoted field, text after a closing quote, an unclosed quote are failures.
assay_csv_reader *_Nullable assay_csv_reader_open(
    char delimiter, assay_csv_field_function on_field, assay_csv_row_function on_row, void *_Nullable context);
/// Parses the next piece; pieces may be cut anywhere, also inside a character or between CR and LF.
assay_csv_status assay_csv_reader_feed(
    assay_csv_reader *reader, const void *bytes, size_t count, assay_csv_failure *failure);
/// Ends the last row when the text does not end with a line end.
assay_csv_status assay_csv_reader_finish(assay_csv_reader *reader, assay_csv_failure *failure);
void assay_csv_reader_close(assay_csv_reader *_Nullable reader);

/// Parses a whole text: open, feed, finish, close.
assay_csv_status assay_csv_parse(
    const void *bytes, size_t count, char delimiter, assay_csv_field_function on_field, assay_csv_row_function on_row,
    void *_Nullable context, assay_csv_failure *failure);
/// Parses a whole file, 64 KiB at a time.
assay_csv_status assay_csv_parse_file(
    const char *path, char delimiter, assay_csv_field_function on_field, assay_csv_row_function on_row,
    void *_Nullable context, assay_csv_failure *failure);

/// Reads a decimal number (`-1.5e3`), correctly rounded, whatever the locale. 0 when it is one and finite; 1 otherwise
/// (empty, hexadecimal, nan, inf, letters, too large for a float, longer than 500 characters).
int assay_csv_parse_float(const char *bytes, size_t count, float *value);

/// Bytes that `assay_csv_write_field` needs for this field.
size_t assay_csv_field_size(const char *_Nullable bytes, size_t count, char delimiter, int always_quote);
/// Writes one field, in quotes only where it needs them or `always_quote` is set, and returns its size; nothing is
/// written when `capacity` is too small. A row of one empty field needs `always_quote`, or it reads as a blank line.
size_t assay_csv_write_field(
    char *_Nullable target, size_t capacity, const char *_Nullable bytes, size_t count, char delimiter,
    int always_quote);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
