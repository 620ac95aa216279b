#include "CGnuplot.h"

#include <gnuplot-iostream.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>
#include <new>
#include <string>
#include <vector>

extern char **environ;

namespace {

struct descriptor {
  int number = -1;
  descriptor() = default;
  explicit descriptor(int value) : number(value) {}
  descriptor(const descriptor &) = delete;
  descriptor &operator=(const descriptor &) = delete;
  ~descriptor() {
    if (number >= 0) close(number);
  }
};

bool read_all(int file, std::string &text) {
  if (lseek(file, 0, SEEK_SET) < 0) return false;
  char chunk[1 << 16];
  for (;;) {
    ssize_t count = read(file, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) return true;
    text.append(chunk, static_cast<size_t>(count));
  }
}

// gnuplot-iostream closes the stream it is given, so it gets a duplicate.
FILE *stream_on(int file) {
  int copy = fcntl(file, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return nullptr;
  FILE *stream = fdopen(copy, "w");
  if (!stream) close(copy);
  return stream;
}

}  // namespace

struct assay_gnuplot {
  descriptor input;
  Gnuplot *stream = nullptr;
  std::string output;
  std::string message;
  int exit_status = 0;
  bool has_run = false;

  ~assay_gnuplot() { delete stream; }
};

namespace {

assay_gnuplot_status system_failure(assay_gnuplot *session, const char *what, int code) {
  session->message = std::string(what) + ": " + strerror(code);
  return ASSAY_GNUPLOT_SYSTEM;
}

// Runs `body`, which writes to the stream, and turns an exception or a failed stream into a status.
template <typename Body>
assay_gnuplot_status guarded(assay_gnuplot *session, Body body) {
  try {
    if (!session->stream) return system_failure(session, "the gnuplot session was already run", EINVAL);
    body(*session->stream);
    if (!session->stream->good()) return system_failure(session, "cannot keep the gnuplot script", ENOSPC);
    return ASSAY_GNUPLOT_OK;
  } catch (const std::exception &error) {
    session->message = error.what();
  } catch (...) {
    session->message = "unknown C++ exception";
  }
  return ASSAY_GNUPLOT_SYSTEM;
}

assay_gnuplot_status spawn_and_wait(assay_gnuplot *session, const char *program, int output, int message) {
  posix_spawn_file_actions_t actions;
  if (int code = posix_spawn_file_actions_init(&actions)) return system_failure(session, "cannot start gnuplot", code);
  posix_spawn_file_actions_adddup2(&actions, session->input.number, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, message, 2);
  char *arguments[] = {const_cast<char *>(program), nullptr};
  pid_t child = 0;
  int code = posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code == ENOENT || code == EACCES || code == ENOTDIR || code == ENOEXEC) {
    session->message = strerror(code);
    return ASSAY_GNUPLOT_MISSING;
  }
  if (code) return system_failure(session, "cannot start gnuplot", code);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return system_failure(session, "cannot wait for gnuplot", errno);
  }
  session->exit_status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  return session->exit_status == 0 ? ASSAY_GNUPLOT_OK : ASSAY_GNUPLOT_REFUSED;
}

}  // namespace

assay_gnuplot *assay_gnuplot_open(void) {
  try {
    auto *session = new assay_gnuplot;
    session->input.number = memfd_create("assay-gnuplot-input", MFD_CLOEXEC);
    FILE *file = session->input.number < 0 ? nullptr : stream_on(session->input.number);
    if (!file) {
      delete session;
      return nullptr;
    }
    session->stream = new Gnuplot(file);
    return session;
  } catch (...) {
    return nullptr;
  }
}

assay_gnuplot_status assay_gnuplot_send(assay_gnuplot *session, const char *text, size_t count) {
  return guarded(session, [&](Gnuplot &gnuplot) { gnuplot.write(text, static_cast<std::streamsize>(count)); });
}

assay_gnuplot_status assay_gnuplot_send_blocks(
    assay_gnuplot *session, const double *values, size_t columns, const size_t *block_rows, size_t blocks) {
  return guarded(session, [&](Gnuplot &gnuplot) {
    std::vector<std::vector<std::vector<double>>> table(blocks);
    for (size_t block = 0; block < blocks; block++) {
      for (size_t row = 0; row < block_rows[block]; row++, values += columns) {
        table[block].emplace_back(values, values + columns);
      }
    }
    gnuplot.send2d(table);
  });
}

assay_gnuplot_status assay_gnuplot_run(assay_gnuplot *session, const char *program) {
  try {
    if (!session->stream) return system_failure(session, "the gnuplot session was already run", EINVAL);
    delete session->stream;  // flushes
    session->stream = nullptr;
    descriptor output(memfd_create("assay-gnuplot-output", MFD_CLOEXEC));
    descriptor message(memfd_create("assay-gnuplot-message", MFD_CLOEXEC));
    if (output.number < 0 || message.number < 0) return system_failure(session, "cannot start gnuplot", errno);
    if (lseek(session->input.number, 0, SEEK_SET) < 0) return system_failure(session, "cannot start gnuplot", errno);
    assay_gnuplot_status status = spawn_and_wait(session, program, output.number, message.number);
    if (status != ASSAY_GNUPLOT_OK && status != ASSAY_GNUPLOT_REFUSED) return status;
    if (!read_all(output.number, session->output) || !read_all(message.number, session->message)) {
      return system_failure(session, "cannot read what gnuplot wrote", errno);
    }
    return status;
  } catch (const std::exception &error) {
    session->message = error.what();
  } catch (...) {
    session->message = "unknown C++ exception";
  }
  return ASSAY_GNUPLOT_SYSTEM;
}

const void *assay_gnuplot_output(const assay_gnuplot *session, size_t *count) {
  *count = session->output.size();
  return session->output.data();
}

const char *assay_gnuplot_message(const assay_gnuplot *session) { return session->message.c_str(); }

int assay_gnuplot_exit_status(const assay_gnuplot *session) { return session->exit_status; }

void assay_gnuplot_close(assay_gnuplot *session) { delete session; }
