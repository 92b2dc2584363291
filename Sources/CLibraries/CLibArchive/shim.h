#include <archive.h>
#include <archive_entry.h>

// macros with casts, which Swift doesn't import
static inline unsigned int posevault_regular_file(void) { return AE_IFREG; }
