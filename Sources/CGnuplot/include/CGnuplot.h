#pragma once
// The thin C surface over gnuplot-iostream: a session takes script and data, then one gnuplot process runs it and its
// output comes back as bytes. Nothing here is global, no C++ exception crosses, nothing is printed.
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma clang assume_nonnull begin

typedef enum {
  ASSAY_GNUPLOT_OK = 0,
  /// The program is not installed under that name, or may not be run.
  ASSAY_GNUPLOT_MISSING = 1,
  /// gnuplot ran and ended with a failure; the message is what it wrote to its standard error.
  ASSAY_GNUPLOT_REFUSED = 2,
  /// The system failed us: no memory, no file descriptors.
  ASSAY_GNUPLOT_SYSTEM = 3,
} assay_gnuplot_status;

typedef struct assay_gnuplot assay_gnuplot;

/// A new session; NULL when the system has no memory or no file descriptor left.
///
/// What is sent is kept in memory and becomes the standard input of gnuplot when the session is run, so that a gnuplot
/// that ends early can neither block us nor end us with a signal.
assay_gnuplot *_Nullable assay_gnuplot_open(void);

/// Adds script text as it is; the caller ends its lines.
assay_gnuplot_status assay_gnuplot_send(assay_gnuplot *session, const char *text, size_t count);

/// Adds a table of numbers in gnuplot-iostream's text form: `blocks` blocks, block `b` of `block_rows[b]` rows of
/// `columns` numbers each, blocks parted by an empty line (`every :::b::b`), the whole ended by a line with the single
/// letter `e`. NaN is a missing value.
assay_gnuplot_status assay_gnuplot_send_blocks(
    assay_gnuplot *session, const double *_Nullable values, size_t columns, const size_t *_Nullable block_rows,
    size_t blocks);

/// Runs `program` (a name found in PATH, or a path) on what was sent, once, and waits for its end. Standard output and
/// standard error are kept for `assay_gnuplot_output` and `assay_gnuplot_message`.
assay_gnuplot_status assay_gnuplot_run(assay_gnuplot *session, const char *program);

/// What gnuplot wrote to its standard output, valid until the session is closed.
const void *_Nullable assay_gnuplot_output(const assay_gnuplot *session, size_t *count);
/// What gnuplot wrote to its standard error, or the system's reason, NUL-terminated; valid until the session is closed.
const char *assay_gnuplot_message(const assay_gnuplot *session);
/// The exit status of gnuplot, or minus the signal that ended it; 0 before it ran.
int assay_gnuplot_exit_status(const assay_gnuplot *session);

void assay_gnuplot_close(assay_gnuplot *_Nullable session);

#pragma clang assume_nonnull end
#ifdef __cplusplus
}
#endif
