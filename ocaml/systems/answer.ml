(** What an operation comes to, as the log of a process tells it. *)

type t =
  | Sent
  | Closed
  | Already  (** Of a close: it was closed before. *)
  | Full
  | Empty
  | Timeout
  | Cancelled
  | Value of int

let text = function
  | Sent -> "sent"
  | Closed -> "closed"
  | Already -> "already"
  | Full -> "full"
  | Empty -> "empty"
  | Timeout -> "timeout"
  | Cancelled -> "cancelled"
  | Value v -> string_of_int v

exception Fails of string
(** What ends a process, in the words of the meaning: [no value], [send on
    closed], [closed twice]. *)

exception Lacks of string
(** The system has no such operation. *)

let lacks what = raise (Lacks what)
