#ifndef POSEVAULT_ESCAPE_H
#define POSEVAULT_ESCAPE_H

/// Does in the sandbox what somebody who has taken over a decoder would. Only in builds with TRY_ESCAPE, for tests.
/// Returns 0 with a record `FREE` where it has worked, and 1 with the failure where it was refused.
int try_escape(const char *attempt);

#endif
