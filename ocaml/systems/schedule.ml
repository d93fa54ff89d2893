(** The steps that a steered run is to follow: an engine's witness. *)

open Meaning.Json_read

type what =
  | Does  (** The operation arrives and completes. *)
  | Waits  (** It arrives, and its process waits. *)
  | Completes  (** The operation at which it waited completes. *)
  | Strikes  (** Its deadline strikes, or its sleep ends. *)

type step =
  | Step of {
      process : int;
      what : what;
      number : int;
      logged : string option;  (** What its process logs last, if it does. *)
    }
  | Clock of int  (** The clock moves so far. *)

let words =
  [ ("does", Does); ("waits", Waits); ("completes", Completes);
    ("strikes", Strikes) ]

let process journal j =
  let name = string j in
  let is_it (p : Journal.process) = p.name = name in
  if Array.exists is_it journal then Journal.index journal name
  else wrong j "the name of a process"

(* The last of pairs of a process and a text that is of this process. *)
let said_by name pairs =
  let text = function
    | [ who; text ] when who = name -> Some text
    | _ -> None
  in
  match List.rev (List.filter_map text pairs) with
  | [] -> None
  | last :: _ -> Some last

(** A step of a schedule for these processes; what else an engine says of it is
    passed over.
    @raise Mistake if it is none. *)
let step journal j =
  match the j "what" (fun what -> what) with
  | { value = `Assoc _; _ } as what ->
      ignore (members ~known:[ "clock" ] what);
      Clock (the what "clock" (integer ~least:0 ~most:0xFFFF_FFFF))
  | what ->
      let process = the j "process" (process journal) in
      let name = journal.(process).name in
      Step
        { process;
          what = word words what;
          number = the j "number" (integer ~least:1 ~most:0xFFFF);
          logged = said_by name (default j "logged" (list (list string)) []) }
