open Meaning
open Json_read

type next = Continue | Stop

exception Failed of { kind : string; message : string }

let failed kind format =
  Printf.ksprintf (fun message -> raise (Failed { kind; message })) format

let probes =
  let named (name, facts) = (About.language ^ "/" ^ name, facts) in
  List.map named Probes.all

let hello () : (string * Yojson.Safe.t) list =
  let systems = List.map (fun (r : Runnable.t) -> About.json r.about) in
  [ ("protocol", `Int 1);
    ("runner", `String About.language);
    ("version", `String Sys.ocaml_version);
    ("systems", `List (systems Registry.all));
    ("probes", `List (List.map (fun (name, _) -> `String name) probes)) ]

let system name =
  match Registry.find name with
  | None -> failed "unknown_system" "there is no system %S" name
  | Some { about = { unavailable = Some why; _ }; _ } ->
      failed "unsupported" "%s: %s" name why
  | Some runnable -> runnable

let program (runnable : Runnable.t) j =
  let program = Program_json.program j.value in
  (match Program_check.check program with
  | Ok () -> ()
  | Error mistake -> raise (Mistake mistake));
  let needs = Needs.of_program runnable.about.dialect program in
  let unsupported = failed "unsupported" "%s" in
  Option.iter unsupported (Needs.missing runnable.about.lacks needs);
  program

let seed = integer ~least:0 ~most:(1 lsl 60)
let count = integer ~least:1 ~most:100_000_000

(* [once seed] is done so often, or until the time is over. *)
let many (runnable : Runnable.t) ~runs ~seed ~millis once =
  let until = Unix.gettimeofday () +. (float millis /. 1e3) in
  let rec go i =
    if once (seed + i) || i + 1 = runs || runnable.worn () then i + 1
    else if Unix.gettimeofday () >= until then i + 1
    else go (i + 1)
  in
  go 0

let request_keys = [ "id"; "op" ]

let run j =
  let known =
    request_keys @ [ "system"; "program"; "runs"; "seed"; "millis" ]
  in
  ignore (members ~known j);
  let runnable = system (the j "system" string) in
  let program = the j "program" (program runnable) in
  let seen = Seen.create () in
  let once seed =
    Seen.add seen ~seed (runnable.run program ~seed);
    false
  in
  let runs =
    many runnable once ~runs:(the j "runs" count) ~seed:(the j "seed" seed)
      ~millis:(the j "millis" count)
  in
  [ ("runs", `Int runs);
    ("worn", `Bool (runnable.worn ()));
    ("seen", Seen.json seen) ]

let steer j =
  let known =
    request_keys @ [ "system"; "program"; "schedule"; "attempts"; "seed" ]
  in
  ignore (members ~known j);
  let runnable = system (the j "system" string) in
  let program = the j "program" (program runnable) in
  let step = Schedule.step (Journal.create program) in
  let schedule = the j "schedule" (list step) in
  let seen = Seen.create () and followed = ref false in
  let once seed =
    let so, outcome = runnable.steer program schedule ~seed in
    Seen.add seen ~seed outcome;
    followed := so;
    so
  in
  ignore
    (many runnable once ~runs:(the j "attempts" count)
       ~seed:(the j "seed" seed) ~millis:60_000);
  [ ("followed", `Bool !followed); ("seen", Seen.json seen) ]

let probe j =
  ignore (members ~known:(request_keys @ [ "probe" ]) j);
  let name = the j "probe" string in
  match List.assoc_opt name probes with
  | Some facts -> [ ("facts", `Assoc (facts ())) ]
  | None -> failed "unknown_probe" "there is no probe %S" name

let perform j =
  match the j "op" string with
  | "hello" -> (hello (), Continue)
  | "run" -> (run j, Continue)
  | "steer" -> (steer j, Continue)
  | "probe" -> (probe j, Continue)
  | "stop" -> ([ ("stopped", `Bool true) ], Stop)
  | op ->
      failed "protocol"
        "op: expected hello, run, steer, probe or stop, found %S" op

(* A message may quote half a character of the input, or what never was one:
   what is not printable ASCII is escaped. *)
let plain message =
  if String.for_all (fun c -> ' ' <= c && c <= '~') message then message
  else String.escaped message

let of_exception e : (string * Yojson.Safe.t) list =
  let kind, message =
    match e with
    | Failed { kind; message } -> (kind, message)
    | Mistake message -> ("bad_input", message)
    | Answer.Lacks what -> ("unsupported", "the system has not " ^ what)
    | e -> ("exception", Printexc.to_string e)
  in
  [ ("error",
     `Assoc [ ("kind", `String kind); ("message", `String (plain message)) ]) ]

let parse line =
  match Yojson.Safe.from_string line with
  | `Assoc _ as value -> { path = "request"; value }
  | value ->
      failed "protocol" "expected a JSON object a line, found %s" (text value)
  | exception Yojson.Json_error reason ->
      failed "protocol" "expected a JSON object a line: %s" reason
  | exception Stack_overflow ->
      failed "protocol" "expected a JSON object a line, less deeply nested"

let id j =
  match the j "id" (integer ~least:0 ~most:max_int) with
  | id -> id
  | exception Mistake message -> failed "protocol" "%s" message

let answer line =
  let with_id id members : Yojson.Safe.t = `Assoc (("id", id) :: members) in
  match
    let j = parse line in
    (j, id j)
  with
  | exception e -> (with_id `Null (of_exception e), Continue)
  | j, id -> (
      match perform j with
      | members, next -> (with_id (`Int id) members, next)
      | exception e -> (with_id (`Int id) (of_exception e), Continue))
