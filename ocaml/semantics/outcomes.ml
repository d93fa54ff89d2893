(** Outcomes as JSON. *)

open Semantics

let ending = function
  | Is_done -> "done"
  | Is_idle -> "idle"
  | Has_failed why -> "failed: " ^ why
  | Waits_at n -> "waits at " ^ string_of_int n

(** [{"log": […], "end": …}] for each process. *)
let outcome outcome : Yojson.Safe.t =
  let process (name, (log, how)) =
    let log = `List (List.map (fun text -> `String text) log) in
    (name, `Assoc [ ("log", log); ("end", `String (ending how)) ])
  in
  `Assoc (List.map process outcome)

(** A list, sorted by the text of its members. *)
let set outcomes : Yojson.Safe.t =
  let text o = (Yojson.Safe.to_string (outcome o), outcome o) in
  let texts = List.map text (Search.Outcome_set.elements outcomes) in
  `List (List.map snd (List.sort compare texts))
