(** What a system says of itself. *)

open Meaning

type time = Race | Exact

(** A field of the dialect that is not the strictest, and the litmus program
    whose runs show it. *)
type widened = { field : string; reason : string; program : string }

type t = {
  name : string;  (** Without the language: [event]. *)
  version : string;
  driver : string;
  time : time;
  dialect : Dialect.t;
  widened : widened list;
  lacks : Needs.rule list;
  unavailable : string option;
}

let language =
  if String.sub Sys.ocaml_version 0 2 = "4." then "ocaml4" else "ocaml"

let full_name about = language ^ "/" ^ about.name

let where = function
  | Dialect.Always -> "always"
  | Never -> "never"
  | Narrow -> "narrow"

let dialect (d : Dialect.t) : Yojson.Safe.t =
  let word s : Yojson.Safe.t = `String s in
  let send_on_closed =
    match d.send_on_closed with
    | Error -> "error"
    | Fails -> "fails"
    | Waits -> "waits"
  and close_twice =
    match d.close_twice with Already -> "already" | Fail -> "fails"
  in
  let fields =
    [ ("fifo", word (where d.fifo));
      ("hand_off", word (where d.hand_off));
      ("send_on_closed", word send_on_closed);
      ("close_twice", word close_twice);
      ("drop_closes", `Bool d.drop_closes);
      ("keeps_cancelled", `Bool d.keeps_cancelled);
      ("permit_outlives_close", `Bool d.permit_outlives_close);
      ("first_arm", `Bool d.first_arm) ]
  in
  `Assoc fields

let rule { Needs.kinds; ops; why } : Yojson.Safe.t =
  let words key = function
    | [] -> []
    | all -> [ (key, `List (List.map (fun s -> `String s) all)) ]
  in
  `Assoc (words "kinds" kinds @ words "ops" ops @ [ ("why", `String why) ])

let widening { field; reason; program } : Yojson.Safe.t =
  let member (key, text) = (key, `String text) in
  `Assoc
    (List.map member
       [ ("field", field); ("why", reason); ("program", program) ])

let json about : Yojson.Safe.t =
  let time = match about.time with Race -> "race" | Exact -> "exact" in
  let unavailable =
    match about.unavailable with None -> `Null | Some why -> `String why
  in
  `Assoc
    [ ("name", `String (full_name about));
      ("version", `String about.version);
      ("driver", `String about.driver);
      ("time", `String time);
      ("steers", `Bool true);
      ("dialect", dialect about.dialect);
      ("widened", `List (List.map widening about.widened));
      ("not", `List (List.map rule about.lacks));
      ("unavailable", unavailable) ]
