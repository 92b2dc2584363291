// posevault-decode: one HEIC or AVIF picture, or one clip, from descriptor 0 to records of RGB on descriptor 1, in a
// sandbox. README.md has the protocol. Built twice: with libheif as posevault-decode, with libav as
// posevault-decode-clip, which the first becomes where it is asked for a clip. Loading libav takes 70 ms, more than
// many pictures.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "input.h"
#include "records.h"
#include "sandbox.h"
#ifdef FOR_CLIPS
#include "clip.h"
#else
#include "picture.h"
#endif
#ifdef TRY_ESCAPE
#include "escape.h"
#endif

enum { wrong_use = 2 };

#ifndef FOR_CLIPS
/// Becomes the program for clips, which lies beside this one. Returns only where it can't.
static void become_clip_program(char *words[]) {
  char path[4096];
  const char suffix[] = "-clip";
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - sizeof suffix);
  if (length <= 0 || (size_t)length >= sizeof path - sizeof suffix) return;
  memcpy(path + length, suffix, sizeof suffix);
  execv(path, words);
}
#endif

static int print_version(char *words[]) {
#ifdef FOR_CLIPS
  (void)words;
  clip_print_version();
#else
  printf("protocol %d\n", protocol_version);
  picture_print_version();
  fflush(stdout);
  become_clip_program(words);
  printf("clip no\n");
#endif
  return 0;
}

static int run(const struct request *request) {
  struct input input;
  if (input_open(&input)) return record_failure(failure_input, "There is no input on descriptor 0.");
  const char *open_door = sandbox_enter(request);
  if (open_door) return record_failure(failure_sandbox, open_door);
#ifdef TRY_ESCAPE
  if (request->attempt) return try_escape(request->attempt);
#endif
#ifdef FOR_CLIPS
  return clip_decode(request, &input);
#else
  return picture_decode(request, &input);
#endif
}

int main(int count, char *words[]) {
  struct request request;
  char message[200];
  if (request_parse(&request, count - 1, words + 1, message, sizeof message)) {
    fprintf(stderr, "posevault-decode: %s\n", message);
    return wrong_use;
  }
  if (request.job == job_version) return print_version(words);
#ifdef FOR_CLIPS
  if (request.job != job_clip) {
    fprintf(stderr, "posevault-decode-clip: pictures are decoded by posevault-decode\n");
    return wrong_use;
  }
#else
  if (request.job == job_clip) {
    become_clip_program(words);
    return record_failure(failure_unsupported, "posevault-decode-clip is missing beside posevault-decode.");
  }
#endif
  sandbox_prepare(&request.limits);
#ifdef FOR_CLIPS
  clip_prepare();
#else
  picture_prepare();
#endif
  // what is left open or allocated ends with the process
  return run(&request);
}
