(* Every program of compare/litmus, on every system that has what it needs: what
   comes out is what the meaning allows under the system's dialect, or what a
   claim of compare/claims says of the system, and `make claims` proves. *)

open Checking
open Meaning
open Systems

let rec above directory =
  let litmus = Filename.concat directory "compare/litmus" in
  if Sys.file_exists litmus then litmus
  else
    let parent = Filename.dirname directory in
    if parent = directory then failwith "no compare/litmus above this folder"
    else above parent

let litmus =
  match Sys.getenv_opt "CHANPATTERNS_LITMUS" with
  | Some directory -> directory
  | None -> above (Sys.getcwd ())

let read file =
  let channel = open_in_bin (Filename.concat litmus file) in
  Fun.protect
    (fun () -> really_input_string channel (in_channel_length channel))
    ~finally:(fun () -> close_in channel)

let programs =
  Sys.readdir litmus |> Array.to_list
  |> List.filter (fun file -> Filename.check_suffix file ".txt")
  |> List.sort compare
  |> List.map (fun file -> Notation.program (read file))

(* What the claims cover, told in full: a system, a program, an outcome. *)
let covered =
  let open Yojson.Safe.Util in
  let claims = Filename.concat (Filename.dirname litmus) "claims" in
  let sides file =
    Yojson.Safe.from_file (Filename.concat claims file)
    |> member "sides" |> to_list
  in
  let outcomes side =
    let must = member "must" side in
    let listed key = match member key must with `List l -> l | _ -> [] in
    listed "shows" @ listed "may"
  in
  let of_side side =
    match member "program" side with
    | `String program ->
        let told system =
          List.map (fun o -> (to_string system, program, o)) (outcomes side)
        in
        List.concat_map told (to_list (member "systems" side))
    | _ -> []
  in
  Sys.readdir claims |> Array.to_list |> List.concat_map sides
  |> List.concat_map of_side
  |> List.map (fun (system, program, outcome) ->
         (system, program, Yojson.Safe.sort outcome))

let is_covered (about : About.t) program outcome =
  let outcome = Yojson.Safe.sort outcome in
  List.mem (About.full_name about, program, outcome) covered

let allowed (about : About.t) program =
  let time =
    match about.time with Exact -> Semantics.Exact | Race -> Semantics.Race
  in
  let outcomes, _ =
    Search.outcomes ~limit:200_000 about.dialect time program
  in
  List.map Outcomes.outcome (Search.Outcome_set.elements outcomes)

(* Promises are run in no time. *)
let runs (about : About.t) = if about.driver = "tasks" then 40 else 6

let check (system : Runnable.t) (program : Program.t) =
  let allowed = allowed system.about program in
  let told seed = (system.run program ~seed).told in
  let told = List.init (runs system.about) told in
  let is_right o =
    List.mem o allowed || is_covered system.about program.name o
  in
  match List.filter (fun o -> not (is_right o)) told with
  | first :: _ ->
      let show = Yojson.Safe.to_string in
      fail program.name
        (Printf.sprintf "%s is none of\n  %s" (show first)
           (String.concat "\n  " (List.map show allowed)))
  | _ -> if system.worn () then fail program.name "threads were left behind"

(* How many programs each system has at least: a rule that says too much would
   let every check pass. *)
let at_least =
  [ ("event", 30); ("lwt-stream", 10); ("lwt-stream-bounded", 50);
    ("lwt-mvar", 10); ("domainslib", 45) ]

let all (system : Runnable.t) =
  let about = system.about in
  let supported program =
    Needs.missing about.lacks (Needs.of_program about.dialect program) = None
  in
  let those = List.filter supported programs in
  if List.length those < List.assoc about.name at_least then
    fail about.name (Printf.sprintf "only %d programs" (List.length those));
  List.iter (check system) those;
  let is_there { About.program; _ } =
    if not (List.exists (fun (p : Program.t) -> p.name = program) those) then
      fail about.name ("there is no program for it: " ^ program)
  in
  List.iter is_there about.widened

let () =
  let of_system (system : Runnable.t) =
    let name = About.full_name system.about in
    match system.about.unavailable with
    | Some why -> skip name why
    | None -> test name (fun () -> all system)
  in
  List.iter of_system Registry.all
