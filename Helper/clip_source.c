#include "clip_source.h"

#include <string.h>

#include <libavutil/mathematics.h>
#include <libavutil/opt.h>

#include "records.h"

// What phones and cameras write. Playlists and lists of parts are not among them: they are how demuxers are led to read
// other files and addresses.
static const char formats[] = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm";
static const char codecs[] = "h264,hevc,vp8,vp9,av1,libdav1d,mpeg4";
static const enum AVCodecID known[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8,
                                       AV_CODEC_ID_VP9,  AV_CODEC_ID_AV1,  AV_CODEC_ID_MPEG4};

enum { buffer_size = 1 << 16 };

static int read_bytes(void *context, uint8_t *buffer, int size) {
  struct clip_source *source = context;
  if (size <= 0) return AVERROR(EINVAL);
  const int64_t got = input_read(source->input, (uint64_t)source->position, buffer, (size_t)size);
  if (got < 0) {
    source->has_failed = 1;
    return AVERROR(EIO);
  }
  source->position += got;
  return got == 0 ? AVERROR_EOF : (int)got;
}

static int64_t seek_bytes(void *context, int64_t offset, int whence) {
  struct clip_source *source = context;
  const int64_t size = (int64_t)source->input->size;
  int64_t target = offset;
  switch (whence & ~AVSEEK_FORCE) {
  case AVSEEK_SIZE: return size;
  case SEEK_SET: break;
  case SEEK_CUR:
    if (__builtin_add_overflow(source->position, offset, &target)) return AVERROR(EINVAL);
    break;
  case SEEK_END:
    if (__builtin_add_overflow(size, offset, &target)) return AVERROR(EINVAL);
    break;
  default: return AVERROR(EINVAL);
  }
  if (target < 0) return AVERROR(EINVAL);
  source->position = target;
  return target;
}

/// A clip may name other files, which are never opened.
static int open_nothing(AVFormatContext *format, AVIOContext **bytes, const char *url, int flags,
                        AVDictionary **options) {
  (void)format, (void)bytes, (void)url, (void)flags, (void)options;
  return AVERROR(EPERM);
}

static int fail_as(const struct clip_source *source, int error, int is_cut) {
  if (source->has_failed) return record_failure(failure_input, "The file could not be read.");
  if (error == AVERROR(ENOMEM)) return record_failure(failure_memory, "The clip needs more memory than a clip may.");
  if (is_cut) return record_failure(failure_damaged, "The file is cut off before what is needed to read it.");
  return record_failure(failure_damaged, "The clip can't be read.");
}

static int make_format(struct clip_source *source) {
  uint8_t *buffer = av_malloc(buffer_size);
  if (!buffer) return -1;
  source->bytes = avio_alloc_context(buffer, buffer_size, 0, source, read_bytes, NULL, seek_bytes);
  if (!source->bytes) {
    av_free(buffer);
    return -1;
  }
  source->format = avformat_alloc_context();
  if (!source->format) return -1;
  source->format->pb = source->bytes;
  source->format->flags |= AVFMT_FLAG_CUSTOM_IO;
  source->format->io_open = open_nothing;
  // phones add tracks of sound, time codes and measurements: some ten in all
  source->format->max_streams = 64;
  source->format->format_whitelist = av_strdup(formats);
  source->format->codec_whitelist = av_strdup(codecs);
  source->format->protocol_whitelist = av_strdup("none");
  return source->format->format_whitelist && source->format->codec_whitelist && source->format->protocol_whitelist ? 0
                                                                                                                   : -1;
}

static int is_known(enum AVCodecID id) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (known[i] == id) return 1;
  }
  return 0;
}

/// The stream to decode: the largest one that is no cover picture.
static AVStream *choose_stream(const AVFormatContext *format) {
  AVStream *chosen = NULL;
  int64_t most = -1;
  for (unsigned i = 0; i < format->nb_streams; i++) {
    AVStream *stream = format->streams[i];
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    if (stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) continue;
    const int64_t pixels = (int64_t)stream->codecpar->width * stream->codecpar->height;
    if (pixels > most) {
      most = pixels;
      chosen = stream;
    }
  }
  return chosen;
}

static const int32_t *display_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData *data = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)data->data : NULL;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)data : NULL;
#endif
}

static void describe(struct clip_source *source) {
  const AVStream *stream = source->stream;
  static const AVRational nanoseconds = {1, 1000000000};
  source->duration = -1;
  if (stream->duration != AV_NOPTS_VALUE && stream->duration > 0) {
    source->duration = av_rescale_q(stream->duration, stream->time_base, nanoseconds);
  } else if (source->format->duration != AV_NOPTS_VALUE && source->format->duration > 0) {
    source->duration = av_rescale_q(source->format->duration, AV_TIME_BASE_Q, nanoseconds);
  }
  // av_rescale_q gives the least number where the product has no place
  if (source->duration <= 0) source->duration = -1;
  source->frames = stream->nb_frames > 0 ? stream->nb_frames : -1;
  const int32_t *matrix = display_matrix(stream);
  if (matrix) source->turn = turn_of_matrix(matrix);
}

/// Whether what the file declares is allowed, before anything is done with it. -1, or the exit status.
static int check_limits(const struct clip_source *source, const struct limits *limits) {
  const AVCodecParameters *parameters = source->stream->codecpar;
  if (parameters->width > 0 && parameters->height > 0 &&
      (uint64_t)parameters->width * (uint64_t)parameters->height > limits->pixels) {
    return record_failure(failure_too_large, "The frames of the clip have too many pixels.");
  }
  if (source->duration > 0 && (uint64_t)source->duration / 1000000000 > limits->seconds) {
    return record_failure(failure_too_long, "The clip takes too many seconds.");
  }
  if (source->frames > 0 && (uint64_t)source->frames > limits->frames) {
    return record_failure(failure_too_long, "The clip has too many frames.");
  }
  return -1;
}

static int open_codec(struct clip_source *source, const struct limits *limits) {
  const enum AVCodecID id = source->stream->codecpar->codec_id;
  // libav's own AV1 decoder only speaks to hardware
  const AVCodec *decoder = id == AV_CODEC_ID_AV1 ? avcodec_find_decoder_by_name("libdav1d") : avcodec_find_decoder(id);
  if (!is_known(id) || !decoder) {
    return record_failure(failure_unsupported, "The clip is of a kind that is not decoded.");
  }
  AVCodecContext *codec = avcodec_alloc_context3(decoder);
  source->codec = codec;
  if (!codec || avcodec_parameters_to_context(codec, source->stream->codecpar) < 0) {
    return record_failure(failure_memory, "There is no memory to decode the clip.");
  }
  codec->pkt_timebase = source->stream->time_base;
  codec->thread_count = (int)limits->threads;
  codec->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
  codec->max_pixels = (int64_t)limits->pixels;
  const int error = avcodec_open2(codec, decoder, NULL);
  return error < 0 ? fail_as(source, error, 0) : -1;
}

/// Finds out what the file's header does not say, by its first frames. The decoders that libav opens for it obey the
/// same limit of pixels.
static int probe_streams(struct clip_source *source, const struct limits *limits) {
  AVFormatContext *format = source->format;
  const unsigned count = format->nb_streams;
  AVDictionary **options = av_calloc(count, sizeof *options);
  if (!options) return AVERROR(ENOMEM);
  int error = 0;
  for (unsigned i = 0; i < count && error >= 0; i++) {
    error = av_dict_set_int(&options[i], "max_pixels", (int64_t)limits->pixels, 0);
  }
  if (error >= 0) error = avformat_find_stream_info(format, options);
  for (unsigned i = 0; i < count; i++) av_dict_free(&options[i]);
  av_free(options);
  return error;
}

int clip_source_open(struct clip_source *source, struct input *input, const struct limits *limits, int is_cut) {
  source->input = input;
  if (make_format(source)) return record_failure(failure_memory, "There is no memory to read the clip.");
  int error = avformat_open_input(&source->format, NULL, NULL, NULL);
  if (error < 0) return fail_as(source, error, is_cut);
  source->stream = choose_stream(source->format);
  if (!source->stream) return record_failure(failure_empty, "There is no video in this file.");
  for (unsigned i = 0; i < source->format->nb_streams; i++) {
    AVStream *stream = source->format->streams[i];
    stream->discard = stream == source->stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
  describe(source);
  int status = check_limits(source, limits);
  if (status >= 0) return status;
  error = probe_streams(source, limits);
  if (error < 0) return fail_as(source, error, is_cut);
  describe(source);
  status = check_limits(source, limits);
  return status >= 0 ? status : open_codec(source, limits);
}

void clip_source_close(struct clip_source *source) {
  avcodec_free_context(&source->codec);
  avformat_close_input(&source->format);
  if (source->bytes) av_freep(&source->bytes->buffer);
  avio_context_free(&source->bytes);
}
