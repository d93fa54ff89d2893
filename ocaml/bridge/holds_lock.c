/* Does the calling thread hold OCaml's lock, whoever it was that took it?

   OCaml 5 has its state at hand for a thread that does, and for no other. For
   OCaml 4, boxroot (which ocaml-interop stands on) takes note in OCaml's hooks,
   and bears no other hook beside its own. */

#define CAML_NAME_SPACE
#include <caml/mlvalues.h>
#include <caml/version.h>
#include <stdbool.h>

#if OCAML_VERSION_MAJOR >= 5

bool chanpatterns_holds_lock(void) { return Caml_state_opt != NULL; }

#else

extern _Thread_local bool bxr_thread_has_lock;
bool chanpatterns_holds_lock(void) { return bxr_thread_has_lock; }

#endif
