#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "CJPEG.h"

struct cjpeg_decoder {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  jmp_buf escape;
  /// A warning meant that pixels were guessed.
  int has_guessed;
  /// All bytes were read, and more were needed.
  int is_at_end;
  char message[JMSG_LENGTH_MAX];
};

static cjpeg_decoder *decoder_of(j_common_ptr info) { return info->client_data; }

static void fail(j_common_ptr info) {
  cjpeg_decoder *decoder = decoder_of(info);
  info->err->format_message(info, decoder->message);
  longjmp(decoder->escape, 1);
}

/// Mistakes of cameras and editors that don't affect the pixels, and that other decoders ignore, too. All other warnings
/// mean that pixels were guessed.
static int is_harmless(int code) {
  switch (code) {
  case JWRN_EXTRANEOUS_DATA:
  case JWRN_NOT_SEQUENTIAL:
  case JWRN_JFIF_MAJOR:
  case JWRN_ADOBE_XFORM: return 1;
  default: return 0;
  }
}

static void hear(j_common_ptr info, int level) {
  if (level >= 0 || is_harmless(info->err->msg_code)) return;
  cjpeg_decoder *decoder = decoder_of(info);
  if (!decoder->has_guessed) info->err->format_message(info, decoder->message);
  decoder->has_guessed = 1;
}

static void say_nothing(j_common_ptr info) { (void)info; }

static void begin_source(j_decompress_ptr info) { (void)info; }

/// A file without an end marker is read as if it had one. If samples are missing, there is a warning.
static boolean end_source(j_decompress_ptr info) {
  static const JOCTET end[] = {0xFF, JPEG_EOI};
  decoder_of((j_common_ptr)info)->is_at_end = 1;
  info->src->next_input_byte = end;
  info->src->bytes_in_buffer = sizeof end;
  return TRUE;
}

static void skip(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if ((size_t)count >= info->src->bytes_in_buffer) {
    end_source(info);
    return;
  }
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= (size_t)count;
}

cjpeg_decoder *cjpeg_open(const uint8_t *file, size_t count) {
  cjpeg_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->info.err = jpeg_std_error(&decoder->errors);
  decoder->errors.error_exit = fail;
  decoder->errors.emit_message = hear;
  decoder->errors.output_message = say_nothing;
  decoder->info.client_data = decoder;
  if (setjmp(decoder->escape)) {
    cjpeg_close(decoder);
    return NULL;
  }
  jpeg_create_decompress(&decoder->info);
  decoder->source.init_source = begin_source;
  decoder->source.fill_input_buffer = end_source;
  decoder->source.skip_input_data = skip;
  decoder->source.resync_to_restart = jpeg_resync_to_restart;
  decoder->source.term_source = begin_source;
  decoder->source.next_input_byte = file;
  decoder->source.bytes_in_buffer = count;
  decoder->info.src = &decoder->source;
  return decoder;
}

void cjpeg_close(cjpeg_decoder *decoder) {
  if (!decoder) return;
  jpeg_destroy_decompress(&decoder->info);
  free(decoder);
}

const char *cjpeg_message(const cjpeg_decoder *decoder) { return decoder->message; }

static cjpeg_status status_of(const cjpeg_decoder *decoder) {
  switch (decoder->errors.msg_code) {
  case JERR_OUT_OF_MEMORY: return CJPEG_NO_MEMORY;
  case JERR_SOF_UNSUPPORTED:
  case JERR_BAD_PRECISION:
  case JERR_CONVERSION_NOTIMPL:
  case JERR_CCIR601_NOTIMPL:
  case JERR_FRACT_SAMPLE_NOTIMPL:
  case JERR_ARITH_NOTIMPL:
  case JERR_NOTIMPL:
  case JERR_NOT_COMPILED: return CJPEG_UNSUPPORTED;
  default: return CJPEG_DAMAGED;
  }
}

static size_t coefficient_bytes(const struct jpeg_decompress_struct *info) {
  size_t blocks = 0;
  for (int index = 0; index < info->num_components; index++) {
    const jpeg_component_info *component = &info->comp_info[index];
    // rounded up as jdcoefct.c does
    size_t columns = component->width_in_blocks + (size_t)component->h_samp_factor - 1;
    size_t rows = component->height_in_blocks + (size_t)component->v_samp_factor - 1;
    columns -= columns % (size_t)component->h_samp_factor;
    rows -= rows % (size_t)component->v_samp_factor;
    blocks += columns * rows;
  }
  return blocks * sizeof(JBLOCK);
}

static int is_half_chroma(const struct jpeg_decompress_struct *info) {
  if (info->jpeg_color_space != JCS_YCbCr || info->num_components != 3) return 0;
  const jpeg_component_info *parts = info->comp_info;
  return parts[0].h_samp_factor == 2 && parts[0].v_samp_factor == 2 && parts[1].h_samp_factor == 1 &&
         parts[1].v_samp_factor == 1 && parts[2].h_samp_factor == 1 && parts[2].v_samp_factor == 1;
}

cjpeg_status cjpeg_read_header(cjpeg_decoder *decoder, cjpeg_header *header) {
  struct jpeg_decompress_struct *info = &decoder->info;
  if (setjmp(decoder->escape)) return status_of(decoder);
  jpeg_read_header(info, TRUE);
  header->width = info->image_width;
  header->height = info->image_height;
  header->has_inks = info->num_components == 4;
  header->is_half_chroma = (uint8_t)is_half_chroma(info);
  header->has_scans = jpeg_has_multiple_scans(info) != 0;
  header->coefficient_bytes = header->has_scans ? coefficient_bytes(info) : 0;
  return CJPEG_OK;
}

/// Whether every coefficient of every component has arrived, to its last bit.
static int has_all(const struct jpeg_decompress_struct *info) {
  for (int index = 0; index < info->num_components; index++) {
    // it keeps a table once the component's first scan begins
    if (!info->comp_info[index].quant_table) return 0;
    for (int place = 0; info->progressive_mode && place < DCTSIZE2; place++) {
      if (info->coef_bits[index][place] != 0) return 0;
    }
  }
  return 1;
}

/// Arithmetic decoding continues with zeros after the end of its data, so a truncated file looks like one without an end
/// marker.
static cjpeg_status end_of(cjpeg_decoder *decoder) {
  if (!decoder->info.arith_code || !decoder->is_at_end) return CJPEG_OK;
  strcpy(decoder->message, "the end marker is missing");
  return CJPEG_DAMAGED;
}

/// Whether what comes next may belong to a picture that is already complete: another scan, or what precedes one.
static int goes_on(const struct jpeg_decompress_struct *info) {
  int marker = info->unread_marker;
  const JOCTET *next = info->src->next_input_byte;
  const JOCTET *end = next + info->src->bytes_in_buffer;
  for (; marker == 0 && next + 1 < end; next++) {
    if (next[0] == 0xFF && next[1] != 0 && next[1] != 0xFF) marker = next[1];
  }
  switch (marker) {
  case 0xC4: // Huffman tables
  case 0xCC: // arithmetic coding
  case 0xDA: // a scan
  case 0xDB: // quantisation
  case 0xDD: // restart interval
  case JPEG_COM: return 1;
  default: return marker >= JPEG_APP0 && marker <= JPEG_APP0 + 15;
  }
}

/// Reads all scans of a file that has several, but only the tables of one with a single scan.
static cjpeg_status begin(cjpeg_decoder *decoder, uint32_t max_scans, cjpeg_stop stop, const void *context) {
  struct jpeg_decompress_struct *info = &decoder->info;
  info->buffered_image = jpeg_has_multiple_scans(info);
  jpeg_start_decompress(info);
  if (!info->buffered_image) return CJPEG_OK;
  int event;
  do {
    if (stop(context)) return CJPEG_STOPPED;
    event = jpeg_consume_input(info);
    if (decoder->has_guessed) return CJPEG_DAMAGED;
    if ((uint32_t)info->input_scan_number > max_scans) return CJPEG_TOO_MANY_SCANS;
    // what a camera appended in place of the end marker, such as a second picture, is none of this one
    if (event == JPEG_SCAN_COMPLETED && has_all(info) && !goes_on(info)) break;
  } while (event != JPEG_REACHED_EOI && event != JPEG_SUSPENDED);
  if (decoder->is_at_end && !has_all(info)) {
    strcpy(decoder->message, "the last scans are missing");
    return CJPEG_DAMAGED;
  }
  jpeg_start_output(info, info->input_scan_number);
  return CJPEG_OK;
}

/// Adobe's programs store 255 for no ink, and all decoders treat other files the same; a colour is ink × key / 255.
static void convert_inks(const uint8_t *inks, uint8_t *pixels, size_t count) {
  for (size_t index = 0; index < count; index++, inks += 4, pixels += 3) {
    for (int channel = 0; channel < 3; channel++) {
      pixels[channel] = (uint8_t)((inks[channel] * inks[3] + 127) / 255);
    }
  }
}

cjpeg_status cjpeg_decode_rgb(
    cjpeg_decoder *decoder, uint32_t divisor, uint32_t max_scans, cjpeg_stop stop, const void *context, uint8_t *pixels) {
  struct jpeg_decompress_struct *info = &decoder->info;
  if (setjmp(decoder->escape)) return status_of(decoder);
  const int has_inks = info->num_components == 4;
  info->scale_num = 1;
  info->scale_denom = divisor;
  info->out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
  cjpeg_status status = begin(decoder, max_scans, stop, context);
  if (status != CJPEG_OK) return status;
  // libjpeg-turbo frees it with the picture
  JSAMPROW inks = has_inks ? (*info->mem->alloc_large)((j_common_ptr)info, JPOOL_IMAGE, 4 * (size_t)info->output_width) : NULL;
  while (info->output_scanline < info->output_height) {
    if (stop(context)) return CJPEG_STOPPED;
    uint8_t *row = pixels + 3 * (size_t)info->output_width * info->output_scanline;
    JSAMPROW target = has_inks ? inks : row;
    if (jpeg_read_scanlines(info, &target, 1) != 1 || decoder->has_guessed) return CJPEG_DAMAGED;
    if (has_inks) convert_inks(inks, row, info->output_width);
  }
  return end_of(decoder);
}

cjpeg_status cjpeg_decode_planes(
    cjpeg_decoder *decoder, uint32_t max_scans, cjpeg_stop stop, const void *context, uint8_t *luma, uint8_t *blue,
    uint8_t *red, size_t chroma_stride) {
  struct jpeg_decompress_struct *info = &decoder->info;
  if (setjmp(decoder->escape)) return status_of(decoder);
  info->raw_data_out = TRUE;
  info->do_fancy_upsampling = FALSE;
  info->out_color_space = JCS_YCbCr;
  cjpeg_status status = begin(decoder, max_scans, stop, context);
  if (status != CJPEG_OK) return status;
  while (info->output_scanline < info->output_height) {
    if (stop(context)) return CJPEG_STOPPED;
    JSAMPROW luma_rows[2 * DCTSIZE], blue_rows[DCTSIZE], red_rows[DCTSIZE];
    const size_t first = info->output_scanline;
    for (size_t row = 0; row < 2 * DCTSIZE; row++) luma_rows[row] = luma + 2 * chroma_stride * (first + row);
    for (size_t row = 0; row < DCTSIZE; row++) {
      blue_rows[row] = blue + chroma_stride * (first / 2 + row);
      red_rows[row] = red + chroma_stride * (first / 2 + row);
    }
    JSAMPARRAY planes[] = {luma_rows, blue_rows, red_rows};
    if (jpeg_read_raw_data(info, planes, 2 * DCTSIZE) == 0 || decoder->has_guessed) return CJPEG_DAMAGED;
  }
  return end_of(decoder);
}
