(** Processes as promises of Lwt, under a scheduler that the seed decides.

    Every operation waits at a gate. The scheduler opens one gate at a time, or
    lets one deadline strike that is due, and lets Lwt run until nothing is
    left to do. The clock is virtual: it moves, to the next deadline, when no
    gate is shut and nothing is due. So a run is over when there is nothing to
    open and no deadline: who is within an operation then waits for ever. *)

type timer = { at : int; owner : int; strike : unit Lwt.u }

type run = {
  journal : Journal.t;
  random : Random.State.t;
  mutable gates : (int * unit Lwt.u) list;
  mutable timers : timer list;
  mutable now : int;
  ends : (unit Lwt.t * unit Lwt.u) array;
  mutable start : int -> unit;  (* Begins a process. *)
}

module Driver = struct
  type 'a io = 'a Lwt.t
  type nonrec run = run
  type future = Answer.t Lwt.t

  let return = Lwt.return
  let bind = Lwt.bind
  let attempt = Lwt.catch
  let journal run = run.journal

  let gate run i ~number =
    let process = run.journal.(i) in
    process.number <- number;
    let opened, gate = Lwt.wait () in
    run.gates <- (i, gate) :: run.gates;
    Lwt.map (fun () -> process.status <- Within) opened

  let leave run i = run.journal.(i).status <- Between

  (* A promise that strikes after a time, unless it is cancelled. *)
  let timer run owner duration =
    let struck, strike = Lwt.task () in
    let timer = { at = run.now + duration; owner; strike } in
    let forget () = run.timers <- List.filter (( != ) timer) run.timers in
    run.timers <- timer :: run.timers;
    Lwt.on_cancel struck forget;
    struck

  let sleep = timer
  let spawn run i = run.start i
  let join run i = Lwt.protected (fst run.ends.(i))

  let within run i duration operation =
    let answer = operation () in
    if Lwt.is_sleeping answer then
      let late = Lwt.map (fun () -> Answer.Timeout) (timer run i duration) in
      Lwt.pick [ answer; late ]
    else answer

  let start operation = operation ()
  let await future = future

  (* Lwt.cancel leaves a promise as it is that has come to something. *)
  let cancel future =
    Lwt.cancel future;
    match Lwt.state future with
    | Return answer -> answer
    | Fail Lwt.Canceled -> Answer.Cancelled
    | Fail e -> raise e
    | Sleep -> failwith "a promise that cannot be cancelled"
end

(* Until nothing is left to do. *)
let rec settle () =
  if Lwt.paused_count () > 0 then begin
    Lwt.wakeup_paused ();
    settle ()
  end

let strike run timer =
  run.timers <- List.filter (( != ) timer) run.timers;
  Lwt.wakeup timer.strike ();
  settle ()

let due run = List.filter (fun timer -> timer.at <= run.now) run.timers

(* Gates and timers stand in no order that means anything. *)
let sorted_gates run = List.sort (fun (i, _) (j, _) -> compare i j) run.gates

let move_clock run =
  match List.sort compare (List.map (fun t -> t.at) run.timers) with
  | [] -> false
  | next :: _ -> run.now <- next; true

(* In steps, of which a program that goes on and on is given no more. *)
let patience = 500_000

(* All that can happen next. *)
let choices run =
  let opening ((_, gate) as it) () =
    run.gates <- List.filter (( != ) it) run.gates;
    Lwt.wakeup gate ();
    settle ()
  in
  let gates = List.map opening (sorted_gates run) in
  gates @ List.map (fun timer () -> strike run timer) (due run)

(* Until the run is over, or too long. Whether it came to its end. *)
let go run =
  let rec go left =
    match choices run with
    | [] -> if move_clock run then go left else true
    | _ when left = 0 -> false
    | choices ->
        let count = List.length choices in
        List.nth choices (Random.State.int run.random count) ();
        go (left - 1)
  in
  go patience

(* Lets a process begin its operation; whether it stood before that one. *)
let open_for run i ~number =
  match List.assoc_opt i run.gates with
  | Some gate when run.journal.(i).number = number ->
      run.gates <- List.remove_assoc i run.gates;
      Lwt.wakeup gate ();
      settle ();
      true
  | _ -> false

(* Whether a step of a schedule was done. *)
let follow run : Schedule.step -> bool = function
  | Clock d ->
      run.now <- run.now + d;
      true
  | Step { process = i; what; number; logged } -> (
      let p = run.journal.(i) in
      let finished () =
        (p.status <> Within || p.number <> number) && Journal.said logged p
      in
      match what with
      | Does -> open_for run i ~number && finished ()
      | Waits -> open_for run i ~number && not (finished ())
      | Completes -> finished ()
      | Strikes -> (
          let its timer = timer.owner = i in
          match List.find_opt its (due run) with
          | Some timer -> strike run timer; finished ()
          | None -> false))

module Make (S : System.S with type 'a io = 'a Lwt.t) = struct
  module Interpreter = Interpreter.Make (Driver) (S)

  let prepare (program : Meaning.Program.t) ~seed =
    let journal = Journal.create program in
    let run =
      { journal; random = Random.State.make [| seed |]; gates = [];
        timers = []; now = 0; start = ignore;
        ends = Array.map (fun _ -> Lwt.wait ()) journal }
    in
    let create (name, kind) = (name, S.channel kind) in
    let channels = List.map create program.channels in
    let start i =
      let process = journal.(i) in
      let ended how =
        process.status <- Ended how;
        Lwt.wakeup_later (snd run.ends.(i)) ()
      in
      process.status <- Between;
      Lwt.on_success (Interpreter.run (Interpreter.make run channels i)) ended
    in
    run.start <- start;
    let begin_ i (p : Journal.process) = if p.status <> Idle then start i in
    Array.iteri begin_ journal;
    settle ();
    run

  let run program ~seed =
    let run = prepare program ~seed in
    let patient = go run in
    Journal.outcome ~patient program run.journal

  let steer program schedule ~seed =
    let run = prepare program ~seed in
    let followed = List.for_all (follow run) schedule in
    let patient = go run in
    (followed, Journal.outcome ~patient program run.journal)

  let it =
    { Runnable.about = S.about; run; steer; worn = (fun () -> false) }
end
