#ifndef POSEVAULT_PICTURE_H
#define POSEVAULT_PICTURE_H

#include "arguments.h"
#include "input.h"

/// Loads what decoding a picture takes, before the sandbox.
void picture_prepare(void);

/// Writes the primary image of a HEIC or AVIF file as records. Returns the exit status.
int picture_decode(const struct request *request, const struct input *input);

/// Prints which kinds of pictures are decoded, and by what.
void picture_print_version(void);

#endif
