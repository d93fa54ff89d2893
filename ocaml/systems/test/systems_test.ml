(* Every program of compare/litmus, on every system that has what it needs: what
   comes out is what the meaning allows under the system's dialect; or it is one
   of the deviations below, each of which must still be seen. *)

open Checking
open Meaning
open Systems

let deviations =
  [
    (* Two gets that wait get the same element. *)
    ("lwt-stream",
     [ "await_two_receives"; "unbounded_deadlock_two_for_one" ]);
    ("lwt-stream-bounded",
     [ "await_forgotten"; "await_in_line"; "bounded_no_turns"; "bounded_turns";
       "bounded_two_consumers" ]);
    (* Lwt.cancel leaves a get or a take as it is that has its element. *)
    ("lwt-stream-bounded",
     [ "cancel_against_hand_off_bounded"; "cancel_gives_to_front";
       "cancel_gives_to_next"; "cancel_two_keep_order";
       "cancel_two_swap_order" ]);
    ("lwt-mvar", [ "cancel_mvar_take" ]);
    (* A second push that would have to wait is rejected with Full. *)
    ("lwt-stream-bounded", [ "cancel_lets_next_sender" ]);
  ]

let deviates system program =
  List.exists
    (fun (name, programs) -> name = system && List.mem program programs)
    deviations

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
  let name = system.about.name in
  let allowed = allowed system.about program in
  let told seed = (system.run program ~seed).told in
  let told = List.init (runs system.about) told in
  let forbidden = List.filter (fun o -> not (List.mem o allowed)) told in
  match forbidden with
  | [] when deviates name program.name ->
      fail program.name "the deviation is no longer seen: take it off the list"
  | first :: _ when not (deviates name program.name) ->
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

(* A field of the dialect is wider because of a program: under the strictest it
   shows what is forbidden. *)
let is_needed (system : Runnable.t) { About.program; field; _ } =
  let is_it (p : Program.t) = p.name = program in
  let program = List.find is_it programs in
  let strict = { system.about with dialect = Dialect.strictest } in
  let allowed = allowed strict program in
  let shows seed =
    let outcome = system.run program ~seed in
    not (List.mem outcome.told allowed)
  in
  if not (List.exists shows (List.init (runs system.about) Fun.id)) then
    fail field "the program does not show that it is needed"

let () =
  let of_system (system : Runnable.t) =
    let name = About.full_name system.about in
    match system.about.unavailable with
    | Some why -> skip name why
    | None ->
        test name (fun () -> all system);
        let needed = is_needed system in
        test name (fun () -> List.iter needed system.about.widened)
  in
  List.iter of_system Registry.all
