#include "clip.h"

#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/log.h>

#include "clip_reader.h"
#include "clip_source.h"
#include "records.h"

void clip_prepare(void) {
  // libav's words quote the file, and go nowhere
  av_log_set_level(AV_LOG_QUIET);
  // tables of the registered codecs are made at the first call
  avcodec_find_decoder(AV_CODEC_ID_H264);
}

void clip_print_version(void) {
  printf("libavcodec %d.%d.%d\n", LIBAVCODEC_VERSION_MAJOR, LIBAVCODEC_VERSION_MINOR, LIBAVCODEC_VERSION_MICRO);
  const int decodes = avcodec_find_decoder(AV_CODEC_ID_H264) && avcodec_find_decoder(AV_CODEC_ID_HEVC);
  printf("clip %s\n", decodes ? "yes" : "no");
}

int clip_decode(const struct request *request, struct input *input) {
  if (!input->is_file) {
    return record_failure(failure_input, "A clip has to be a file: its parts are read in any order.");
  }
  if (input->size > request->limits.bytes) return record_failure(failure_too_large, "The file has too many bytes.");
  const enum container_end end = container_examine(input_read, input, input->size);
  if (end == container_foreign) {
    return record_failure(failure_unsupported, "This is neither MP4, QuickTime, Matroska nor WebM.");
  }
  struct clip_source source = {0};
  int status = clip_source_open(&source, input, &request->limits, end == container_cut);
  if (status < 0) {
    struct clip_reader reader = {.request = request, .source = &source};
    if (end == container_cut) reader.ending.flags |= clip_is_cut;
    status = clip_reader_run(&reader);
    clip_reader_close(&reader);
  }
  clip_source_close(&source);
  return status;
}
