(* The functions of rust/src/exports.rs. Those that never wait keep the
   runtime, do not allocate, and take integers as they are. There is none for bytecode. *)

exception Rust_panic of string

(* What ocaml-interop itself raises, where it catches a panic. *)
let () = Callback.register_exception "rust_panic_exn" (Rust_panic "")

(** A channel of tokens; Rust's finaliser drops it. *)
type raw

external create : int -> raw = "chanpatterns_create"

external try_send : raw -> (int[@untagged]) -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_try_send"
  [@@noalloc]

external try_recv : raw -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_try_recv"
  [@@noalloc]

external send : raw -> (int[@untagged]) -> (float[@unboxed]) -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_send"

external recv : raw -> (float[@unboxed]) -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_recv"

external close : raw -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_close"
  [@@noalloc]

external is_closed : raw -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_is_closed"
  [@@noalloc]

external length : raw -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_length"
  [@@noalloc]

(** What a leaf of a choice is, as rust/src/choice.rs tells; a number for it,
    and a channel. *)
type leaf = int * int * raw

external choose_packed : leaf list -> bool -> (int[@untagged])
  = "chanpatterns_native_only" "chanpatterns_choose"

external raised : unit -> exn = "chanpatterns_raised"
external panicked : unit -> string = "chanpatterns_panicked"

(** The place of the leaf that has committed and its status, or -1 and why none
    has. *)
let choose leaves wait =
  let packed = choose_packed leaves wait in
  ((packed lsr 36) - 1, (packed land ((1 lsl 36) - 1)) - 8)

(* As in rust/src/status.rs. A status that is none of these is a token. *)
let done_ = 0
let not_now = -1
let closed = -2
let panicked_ = -3
let forked = -4
let raised_ = -5
let raised_sent = -6

(** [fail status] raises what a status below {!closed} says. *)
let fail status =
  if status = raised_ || status = raised_sent then raise (raised ())
  else if status = panicked_ then raise (Rust_panic (panicked ()))
  else if status = forked then
    failwith
      "Chanpatterns: this channel was made before the process forked; \
       expected one that was made in this process"
  else failwith (Printf.sprintf "Chanpatterns: unknown status %d" status)
