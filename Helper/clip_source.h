#ifndef POSEVAULT_CLIP_SOURCE_H
#define POSEVAULT_CLIP_SOURCE_H

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "arguments.h"
#include "container.h"
#include "input.h"
#include "turn.h"

/// The file, its one video stream and the decoder for it.
struct clip_source {
  struct input *input;
  int64_t position; ///< of the next byte that libav reads
  int has_failed;   ///< the descriptor could not be read
  AVIOContext *bytes;
  AVFormatContext *format;
  AVStream *stream;
  AVCodecContext *codec;
  struct turn turn;
  int64_t duration; ///< nanoseconds, -1 unknown
  int64_t frames;   ///< -1 unknown
};

/// -1 with `source` open, else the exit status, with the failure written. `is_cut`: the file ends too early.
int clip_source_open(struct clip_source *source, struct input *input, const struct limits *limits, int is_cut);

void clip_source_close(struct clip_source *source);

#endif
