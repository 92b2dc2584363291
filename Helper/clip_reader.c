#include "clip_reader.h"

#include <stdlib.h>

#include <libavutil/imgutils.h>
#include <libavutil/mathematics.h>
#include <libavutil/pixdesc.h>

static const AVRational nanoseconds = {1, 1000000000};
static const int64_t second = 1000000000;

static int out_of_memory(void) { return record_failure(failure_memory, "The clip needs more memory than a clip may."); }

/// The matrix that the frame names; BT.601 where it names none, as OpenCV takes it. 0 for what swscale can't convert.
static int matrix_of(const AVFrame *frame) {
  switch (frame->colorspace) {
  case AVCOL_SPC_BT709: return SWS_CS_ITU709;
  case AVCOL_SPC_BT2020_NCL: return SWS_CS_BT2020;
  case AVCOL_SPC_SMPTE240M: return SWS_CS_SMPTE240M;
  // its numbers are those of BT.601 but for the third digit
  case AVCOL_SPC_FCC:
  case AVCOL_SPC_UNSPECIFIED:
  case AVCOL_SPC_BT470BG:
  case AVCOL_SPC_SMPTE170M:
  // RGB is not converted
  case AVCOL_SPC_RGB: return SWS_CS_ITU601;
  default: return 0;
  }
}

/// As ISO 23091-2 numbers the matrix.
static uint8_t matrix_number(int matrix) {
  switch (matrix) {
  case SWS_CS_ITU709: return 1;
  case SWS_CS_BT2020: return 9;
  case SWS_CS_SMPTE240M: return 7;
  default: return 6;
  }
}

static int is_full_range(const AVFrame *frame) {
  switch (frame->format) {
  case AV_PIX_FMT_YUVJ420P:
  case AV_PIX_FMT_YUVJ422P:
  case AV_PIX_FMT_YUVJ444P:
  case AV_PIX_FMT_YUVJ440P: return 1;
  default: return frame->color_range == AVCOL_RANGE_JPEG;
  }
}

static uint8_t byte_of(int number) { return number >= 0 && number <= 255 ? (uint8_t)number : 2; }

static uint32_t positive(int number) { return number > 0 ? (uint32_t)number : 0; }

/// The first frame says what all of them are. -1, or the exit status.
static int begin(struct clip_reader *reader) {
  const AVFrame *frame = reader->frame;
  const struct clip_source *source = reader->source;
  const int matrix = matrix_of(frame);
  const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(frame->format);
  if (!matrix || !format || !sws_isSupportedInput(frame->format)) {
    return record_failure(failure_unsupported, "The clip's colours are of a kind that is not read.");
  }
  reader->width = (uint32_t)frame->width;
  reader->height = (uint32_t)frame->height;
  if ((uint64_t)reader->width * reader->height > reader->request->limits.pixels) {
    return record_failure(failure_too_large, "The frames of the clip have too many pixels.");
  }
  const enum mapping mapping = mapping_for(frame->color_primaries, frame->color_trc);
  reader->stride = ((size_t)reader->width * 3 + 63) / 64 * 64;
  // some of swscale's loops write a little beyond the row
  reader->rgb = av_malloc(reader->stride * reader->height + 64);
  if (!reader->rgb) return out_of_memory();
  if (mapping != mapping_none) {
    reader->wide_stride = ((size_t)reader->width * 6 + 63) / 64 * 64;
    reader->wide = av_malloc(reader->wide_stride * reader->height + 64);
    reader->tables = malloc(sizeof *reader->tables);
    if (!reader->wide || !reader->tables) return out_of_memory();
    colour_tables_fill(reader->tables, mapping, frame->color_primaries);
  }
  const AVRational rate = source->stream->avg_frame_rate;
  const AVRational aspect = frame->sample_aspect_ratio;
  const int is_transposed = source->turn.is_transposed;
  record_clip(&(struct clip_head){
      .width = is_transposed ? reader->height : reader->width,
      .height = is_transposed ? reader->width : reader->height,
      .stored_width = reader->width,
      .stored_height = reader->height,
      .orientation = turn_orientation(source->turn),
      .bits = byte_of(format->comp[0].depth),
      .primaries = byte_of(frame->color_primaries),
      .transfer = byte_of(frame->color_trc),
      .matrix = byte_of(frame->colorspace),
      .is_full_range = (uint8_t)is_full_range(frame),
      .matrix_used = matrix_number(matrix),
      .mapping = (uint8_t)mapping,
      .duration = source->duration,
      .frames = source->frames,
      .rate_numerator = positive(rate.num),
      .rate_denominator = positive(rate.den),
      .aspect_numerator = positive(aspect.num),
      .aspect_denominator = positive(aspect.den),
      .codec = avcodec_get_name(source->stream->codecpar->codec_id),
      .container = source->format->iformat->name,
  });
  reader->has_begun = 1;
  return -1;
}

/// 0, or -1 where swscale has no way.
static int convert(struct clip_reader *reader) {
  const AVFrame *frame = reader->frame;
  const int matrix = matrix_of(frame), range = is_full_range(frame);
  if (!matrix) return -1;
  const int width = (int)reader->width, height = (int)reader->height;
  if (!reader->scaler || reader->scaled_format != frame->format || reader->scaled_matrix != matrix ||
      reader->scaled_range != range) {
    sws_freeContext(reader->scaler);
    const enum AVPixelFormat target = reader->wide ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24;
    // as OpenCV does: same size, no flag but this one, so that the same matrix gives the same pixels
    reader->scaler = sws_getContext(width, height, frame->format, width, height, target, SWS_BICUBIC, NULL, NULL, NULL);
    if (!reader->scaler) return -1;
    reader->scaled_format = frame->format;
    reader->scaled_matrix = matrix;
    reader->scaled_range = range;
    // refused for RGB, which needs none
    sws_setColorspaceDetails(reader->scaler, sws_getCoefficients(matrix), range, sws_getCoefficients(SWS_CS_DEFAULT), 1,
                             0, 1 << 16, 1 << 16);
  }
  uint8_t *const target[] = {reader->wide ? (uint8_t *)reader->wide : reader->rgb, NULL, NULL, NULL};
  const int strides[] = {(int)(reader->wide ? reader->wide_stride : reader->stride), 0, 0, 0};
  const uint8_t *const *planes = (const uint8_t *const *)frame->data;
  if (sws_scale(reader->scaler, planes, frame->linesize, 0, height, target, strides) != height) return -1;
  if (!reader->wide) return 0;
  for (size_t y = 0; y < reader->height; y++) {
    const uint16_t *wide = reader->wide + y * reader->wide_stride / 2;
    colour_map_row(reader->tables, wide, reader->rgb + y * reader->stride, reader->width);
  }
  return 0;
}

static void write_row(const void *context, uint32_t y, uint8_t *rgb) { stored_frame_row(context, y, rgb); }

/// -1, or the exit status.
static int give(struct clip_reader *reader, struct frame_head head) {
  if (convert(reader)) {
    return record_failure(failure_unsupported, "The clip's colours are of a kind that is not read.");
  }
  const struct turn turn = reader->source->turn;
  const struct stored_frame frame = {reader->rgb, reader->stride, reader->width, reader->height, turn};
  record_frame(&head);
  const struct pixels pixels = {turn.is_transposed ? frame.height : frame.width,
                                turn.is_transposed ? frame.width : frame.height, write_row, &frame};
  if (record_pixels(&pixels)) return out_of_memory();
  reader->ending.given++;
  reader->ending.last = head.time;
  return -1;
}

/// Nanoseconds from the first frame to `time` in the stream's units; `INT64_MIN` where that has no place.
static int64_t time_from_first(const struct clip_reader *reader, int64_t time) {
  int64_t distance;
  if (__builtin_sub_overflow(time, reader->first, &distance)) return INT64_MIN;
  return av_rescale_q_rnd(distance, reader->source->stream->time_base, nanoseconds, AV_ROUND_NEAR_INF);
}

/// How long the stream says that a frame is shown; 1/30 s where it says nothing.
static int64_t usual_duration(const struct clip_reader *reader) {
  const AVRational rate = reader->source->stream->avg_frame_rate;
  if (rate.num > 0 && rate.den > 0) return av_rescale(second, rate.den, rate.num);
  return second / 30;
}

static int64_t time_of_frame(struct clip_reader *reader, int is_first, uint32_t *flags) {
  const int64_t time = reader->frame->best_effort_timestamp;
  if (is_first) {
    reader->first = time == AV_NOPTS_VALUE ? 0 : time;
    if (time == AV_NOPTS_VALUE) *flags |= frame_time_is_guessed;
    return 0;
  }
  const int64_t found = time == AV_NOPTS_VALUE ? INT64_MIN : time_from_first(reader, time);
  if (found != INT64_MIN) return found;
  *flags |= frame_time_is_guessed;
  return reader->last + usual_duration(reader);
}

static int too_many(const struct clip_reader *reader) {
  return reader->ending.decoded + reader->ending.damaged > reader->request->limits.frames;
}

/// One frame out of the decoder. -1, or the exit status.
static int take_frame(struct clip_reader *reader) {
  const AVFrame *frame = reader->frame;
  const struct request *request = reader->request;
  struct frame_head head = {.index = reader->ending.decoded};
  if (frame->width <= 0 || frame->height <= 0) return -1;
  if (frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags) head.flags |= frame_is_damaged;
  const int is_first = !reader->has_begun;
  if (is_first) {
    const int status = begin(reader);
    if (status >= 0) return status;
  } else if ((uint32_t)frame->width != reader->width || (uint32_t)frame->height != reader->height) {
    // damage looks like this; a clip whose size does change has no way through what comes after, either
    reader->ending.damaged++;
    return too_many(reader) ? record_failure(failure_too_long, "The clip has too many frames.") : -1;
  }
  head.time = time_of_frame(reader, is_first, &head.flags);
  reader->last = head.time;
  if (head.time > 0 && (uint64_t)(head.time / second) > request->limits.seconds) {
    return record_failure(failure_too_long, "The clip takes too many seconds.");
  }
  if (head.time > 0 && (uint64_t)head.time >= request->to) {
    reader->ending.flags |= clip_ended_at_to;
    reader->is_done = 1;
    return -1;
  }
  reader->ending.decoded++;
  if (head.flags & frame_is_damaged) reader->ending.damaged++;
  if (too_many(reader)) return record_failure(failure_too_long, "The clip has too many frames.");
  if (head.index % request->every != 0) return -1;
  if (request->from > 0 && (head.time < 0 || (uint64_t)head.time < request->from)) return -1;
  return give(reader, head);
}

/// All frames that the decoder has by now. -1, or the exit status.
static int take_frames(struct clip_reader *reader) {
  while (!reader->is_done) {
    const int error = avcodec_receive_frame(reader->source->codec, reader->frame);
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return -1;
    if (error == AVERROR(ENOMEM)) return out_of_memory();
    if (error < 0) {
      reader->ending.damaged++;
      if (too_many(reader)) return record_failure(failure_too_long, "The clip has too many frames.");
      continue;
    }
    const int status = take_frame(reader);
    av_frame_unref(reader->frame);
    if (status >= 0) return status;
  }
  return -1;
}

/// Hands one packet, or the end, to the decoder. -1, or the exit status.
static int decode_packet(struct clip_reader *reader, const AVPacket *packet) {
  const int error = avcodec_send_packet(reader->source->codec, packet);
  if (error == AVERROR(ENOMEM)) return out_of_memory();
  if (error < 0 && error != AVERROR_EOF) {
    reader->ending.damaged++;
    if (too_many(reader)) return record_failure(failure_too_long, "The clip has too many frames.");
  }
  return take_frames(reader);
}

static int read_packets(struct clip_reader *reader) {
  struct clip_source *source = reader->source;
  while (!reader->is_done) {
    const int error = av_read_frame(source->format, reader->packet);
    if (error == AVERROR(EAGAIN)) continue;
    if (error == AVERROR(ENOMEM)) return out_of_memory();
    if (source->has_failed) return record_failure(failure_input, "The file could not be read.");
    if (error < 0) {
      // an end that libav did not expect
      if (error != AVERROR_EOF) reader->ending.flags |= clip_is_cut;
      return decode_packet(reader, NULL);
    }
    int status = -1;
    if (reader->packet->stream_index == source->stream->index) status = decode_packet(reader, reader->packet);
    av_packet_unref(reader->packet);
    if (status >= 0) return status;
  }
  return -1;
}

int clip_reader_run(struct clip_reader *reader) {
  reader->frame = av_frame_alloc();
  reader->packet = av_packet_alloc();
  if (!reader->frame || !reader->packet) return out_of_memory();
  const int status = read_packets(reader);
  if (status >= 0) return status;
  if (!reader->has_begun) {
    if (reader->ending.flags & clip_is_cut) {
      return record_failure(failure_damaged, "The file is cut off before its first frame.");
    }
    return record_failure(failure_damaged, "Not one frame of the clip can be decoded.");
  }
  record_ending(&reader->ending);
  return 0;
}

void clip_reader_close(struct clip_reader *reader) {
  av_frame_free(&reader->frame);
  av_packet_free(&reader->packet);
  sws_freeContext(reader->scaler);
  av_freep(&reader->rgb);
  av_freep(&reader->wide);
  free(reader->tables);
}
