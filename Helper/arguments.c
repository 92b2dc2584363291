#include "arguments.h"

#include <stdio.h>
#include <string.h>

/// A whole number in decimal digits from `least` to `most`, without sign or space.
static int parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number) {
  uint64_t value = 0;
  size_t length = strlen(text);
  if (length == 0 || length > 19) return -1;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (uint64_t)(text[i] - '0');
  }
  if (value < least || value > most) return -1;
  *number = value;
  return 0;
}

struct option {
  const char *name;
  uint64_t *target;
  uint64_t least, most;
  int for_clips_only;
  int may_be_missing;
  int was_given;
};

static int complain(char *message, size_t size, const char *words, const char *name) {
  snprintf(message, size, "%s%s", words, name);
  return -1;
}

static int parse_job(struct request *request, const char *word) {
  if (strcmp(word, "--version") == 0)
    request->job = job_version;
  else if (strcmp(word, "head") == 0)
    request->job = job_head;
  else if (strcmp(word, "picture") == 0)
    request->job = job_picture;
  else if (strcmp(word, "clip") == 0)
    request->job = job_clip;
  else
    return -1;
  return 0;
}

int request_parse(struct request *request, int count, char *const words[], char *message, size_t size) {
  *request = (struct request){.every = 1, .to = UINT64_MAX};
  if (count < 1) return complain(message, size, "say head, picture, clip or --version", "");
  if (parse_job(request, words[0]))
    return complain(message, size, "say head, picture, clip or --version, not ", words[0]);
  if (request->job == job_version) {
    return count == 1 ? 0 : complain(message, size, "--version stands alone", "");
  }
  struct limits *limits = &request->limits;
  // the largest values keep sums and products of them within 64 bits
  const uint64_t tera = UINT64_C(1) << 40, year = 366 * 86400, nanoseconds = year * 1000000000;
  struct option options[] = {
      {"--max-bytes", &limits->bytes, 1, tera, 0, 0, 0},
      {"--max-pixels", &limits->pixels, 1, UINT64_C(1) << 30, 0, 0, 0},
      {"--max-memory", &limits->memory, 1, tera, 0, 0, 0},
      {"--max-cpu", &limits->cpu_seconds, 1, year, 0, 0, 0},
      {"--max-wall", &limits->wall_seconds, 1, year, 0, 0, 0},
      {"--threads", &limits->threads, 1, 16, 0, 0, 0},
      {"--max-frames", &limits->frames, 1, tera, 1, 0, 0},
      {"--max-seconds", &limits->seconds, 1, year, 1, 0, 0},
      {"--every", &request->every, 1, tera, 1, 1, 0},
      {"--from", &request->from, 0, nanoseconds, 1, 1, 0},
      {"--to", &request->to, 1, nanoseconds, 1, 1, 0},
  };
  const size_t known = sizeof options / sizeof *options;
  for (int i = 1; i < count; i++) {
#ifdef TRY_ESCAPE
    if (strcmp(words[i], "--unfiltered") == 0) {
      request->unfiltered = 1;
      continue;
    }
    if (strcmp(words[i], "--try") == 0 && i + 1 < count) {
      request->attempt = words[++i];
      continue;
    }
#endif
    struct option *option = NULL;
    for (size_t j = 0; j < known; j++) {
      if (strcmp(words[i], options[j].name) == 0) option = &options[j];
    }
    if (!option || (option->for_clips_only && request->job != job_clip)) {
      return complain(message, size, "unknown option ", words[i]);
    }
    if (option->was_given) return complain(message, size, "given twice: ", words[i]);
    if (i + 1 >= count) return complain(message, size, "no value after ", words[i]);
    if (parse_number(words[++i], option->least, option->most, option->target)) {
      return complain(message, size, "no number that is allowed after ", option->name);
    }
    option->was_given = 1;
  }
  for (size_t j = 0; j < known; j++) {
    if (options[j].was_given || options[j].may_be_missing) continue;
    if (options[j].for_clips_only && request->job != job_clip) continue;
    return complain(message, size, "missing ", options[j].name);
  }
  if (request->from >= request->to) return complain(message, size, "--from must lie before --to", "");
  return 0;
}
