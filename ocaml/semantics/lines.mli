(** What programs mean, for a caller of another language: JSON lines on stdin and
    stdout, until stdin ends. *)

val serve : unit -> unit
