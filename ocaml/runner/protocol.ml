type library = Event | Lwt | Domainslib
type next = Continue | Stop

let libraries =
  [ ("event", Event); ("lwt", Lwt); ("domainslib", Domainslib) ]

(* What a library is *)

let system library =
  let is_it (_, known) = known = library in
  let name, _ = List.find is_it libraries in
  let ocaml_4 = String.sub Sys.ocaml_version 0 2 = "4." in
  (if ocaml_4 then "ocaml4/" else "ocaml/") ^ name

let title = function
  | Event -> "Event (threads.posix)"
  | Lwt -> "Lwt"
  | Domainslib -> "Domainslib.Chan"

let version = function
  | Event -> Sys.ocaml_version
  | Lwt -> Versions.lwt
  | Domainslib -> Versions.domainslib

let unavailable = function
  | Event | Lwt -> None
  | Domainslib -> (
      match Channels.Domains.available with
      | Ok () -> None
      | Error reason -> Some reason)

let implementation library (entry : Entry.t) =
  match library with
  | Event -> entry.event
  | Lwt -> entry.lwt
  | Domainslib -> entry.domains

(* Requests *)

exception Failed of { kind : string; message : string }

let failed kind format =
  Printf.ksprintf (fun message -> raise (Failed { kind; message })) format

let text value =
  let whole = Yojson.Safe.to_string value in
  if String.length whole <= 60 then whole else String.sub whole 0 57 ^ "..."

let parse line =
  match Yojson.Safe.from_string line with
  | `Assoc members -> members
  | value -> failed "protocol" "expected a JSON object, found %s" (text value)
  | exception Stack_overflow ->
      failed "protocol" "expected a JSON object a line, less deeply nested"
  | exception Yojson.Json_error reason ->
      failed "protocol" "expected a JSON object a line: %s" reason

let member key members =
  match List.assoc_opt key members with
  | Some value -> value
  | None -> failed "protocol" "expected the key %S in the request" key

let string key members =
  match member key members with
  | `String value -> value
  | value ->
      failed "protocol" "%s: expected a string, found %s" key (text value)

let id members =
  match member "id" members with
  | `Int id when id >= 0 -> id
  | value ->
      failed "protocol" "id: expected an integer from 0 on, found %s"
        (text value)

let hello patterns library =
  let slugs = List.map (fun (slug, _) -> `String slug) patterns in
  let reason =
    match unavailable library with Some r -> `String r | None -> `Null
  in
  let compiler =
    match library with
    | Event -> [] (* It comes with the compiler: they are of one version. *)
    | Lwt | Domainslib -> [ ("compiler", `String Sys.ocaml_version) ]
  in
  [
    ("protocol", `Int 1);
    ("system", `String (system library));
    ("language", `String "OCaml");
    ("library", `String (title library));
    ("version", `String (version library));
  ]
  @ compiler
  @ [ ("patterns", `List slugs); ("unavailable", reason) ]

let observation patterns library members =
  let pattern = string "pattern" members in
  let input = member "input" members in
  match List.assoc_opt pattern patterns with
  | None -> failed "unknown_pattern" "there is no pattern %S" pattern
  | Some entry -> (
      Option.iter (failed "unsupported" "%s") (unavailable library);
      match Entry.run (implementation library entry) input with
      | Some observation -> observation
      | None ->
          failed "unsupported" "%s cannot do this of %s; its case file says why"
            (title library) pattern)

let perform patterns library members =
  match string "op" members with
  | "hello" -> (hello patterns library, Continue)
  | "run" ->
      ([ ("observation", observation patterns library members) ], Continue)
  | "stop" -> ([ ("stopped", `Bool true) ], Stop)
  | op -> failed "protocol" "op: expected hello, run or stop, found %S" op

(* Answers *)

let error kind message =
  (* A message may quote half a character of the input, or what never was
     text: it becomes a line of ASCII. *)
  let plain = function '\n' -> ' ' | ' ' .. '~' as c -> c | _ -> '?' in
  let message = String.map plain message in
  `Assoc [ ("kind", `String kind); ("message", `String message) ]

let of_exception = function
  | Failed { kind; message } -> error kind message
  | Entry.Bad_input message -> error "bad_input" message
  | Entry.Deadlock message -> error "deadlock" message
  | e -> error "exception" (Printexc.to_string e)

let answer patterns library line =
  let with_id id (members, next) = (`Assoc (("id", id) :: members), next) in
  let of_exception e = [ ("error", of_exception e) ] in
  match
    let members = parse line in
    (members, id members)
  with
  | exception e -> with_id `Null (of_exception e, Continue)
  | members, id -> (
      match perform patterns library members with
      | answer -> with_id (`Int id) answer
      | exception e -> with_id (`Int id) (of_exception e, Continue))

(* In one process *)

let lwt = Mutex.create ()

(* Lwt has one set of paused promises for the whole process. *)
let alone library f =
  match library with
  | Event | Domainslib -> f ()
  | Lwt ->
      Mutex.lock lwt;
      Fun.protect f ~finally:(fun () -> Mutex.unlock lwt)

let library members =
  let name = string "system" members in
  match List.assoc_opt name libraries with
  | Some library -> library
  | None ->
      failed "protocol" "system: expected event, lwt or domainslib, found %S"
        name

let ask patterns request =
  let answer () =
    let members = parse request in
    let library = library members in
    match string "op" members with
    | "hello" -> `Assoc (hello patterns library)
    | "run" ->
        alone library (fun () -> observation patterns library members)
    | op -> failed "protocol" "op: expected hello or run, found %S" op
  in
  match Yojson.Safe.to_string (answer ()) with
  | text -> Ok text
  | exception e -> Error (Yojson.Safe.to_string (of_exception e))
