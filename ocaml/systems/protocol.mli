(** What the laboratory asks and this runner answers, one JSON object a line:
    see [compare/programs/PROTOCOL.md]. *)

(** What follows an answer. *)
type next = Continue | Stop

val answer : string -> Yojson.Safe.t * next
(** The answer to one line. It never raises: what goes wrong is an answer
    [{"id", "error": {"kind", "message"}}], and the runner lives on. *)
