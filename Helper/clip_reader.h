#ifndef POSEVAULT_CLIP_READER_H
#define POSEVAULT_CLIP_READER_H

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>

#include "clip_source.h"
#include "colour.h"
#include "records.h"

/// Takes frame after frame out of the decoder, and writes those that are wanted.
struct clip_reader {
  const struct request *request;
  struct clip_source *source;
  struct ending ending;
  AVFrame *frame;
  AVPacket *packet;
  int has_begun;          ///< the record of the clip is written
  uint32_t width, height; ///< of the stored frames
  int64_t first;          ///< the first frame's time, in the stream's units
  int64_t last;           ///< nanoseconds of the frame before
  int is_done;            ///< no further frame is wanted
  struct SwsContext *scaler;
  int scaled_format, scaled_matrix, scaled_range; ///< what the scaler was made for
  uint8_t *rgb;                                   ///< one frame
  size_t stride;
  uint16_t *wide; ///< the same with 16 bits a sample, where colours are mapped
  size_t wide_stride;
  struct colour_tables *tables;
};

/// Returns the exit status.
int clip_reader_run(struct clip_reader *reader);

void clip_reader_close(struct clip_reader *reader);

#endif
