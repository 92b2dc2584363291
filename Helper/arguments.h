#ifndef POSEVAULT_ARGUMENTS_H
#define POSEVAULT_ARGUMENTS_H

#include <stddef.h>
#include <stdint.h>

/// What the parent allows. All are set: a limit that was forgotten would be none.
struct limits {
  uint64_t bytes;        ///< of the input
  uint64_t pixels;       ///< of the picture, or of one frame
  uint64_t frames;       ///< decoded, given or not, damaged ones among them; clips only
  uint64_t seconds;      ///< of the clip's own time; clips only
  uint64_t memory;       ///< bytes of address space beyond what the program has when it begins to decode
  uint64_t cpu_seconds;  ///< of all threads together
  uint64_t wall_seconds; ///< from the start
  uint64_t threads;      ///< for decoding, 1…16
};

/// `job_head` is what a picture's file declares, without decoding it.
enum job { job_version, job_head, job_picture, job_clip };

struct request {
  enum job job;
  struct limits limits;
  uint64_t every;      ///< give each N-th frame, counted from the first
  uint64_t from;       ///< give no frame before this many nanoseconds
  uint64_t to;         ///< end before the first frame at this many nanoseconds
  const char *attempt; ///< what a build with TRY_ESCAPE tries in place of decoding
  int unfiltered;      ///< such a build leaves the seccomp filter out
};

/// Reads the words after the program's name. 0, or -1 with what is wrong in `message`.
int request_parse(struct request *request, int count, char *const words[], char *message, size_t size);

#endif
