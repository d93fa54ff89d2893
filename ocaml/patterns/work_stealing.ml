(* Work stealing: workers take work from one another.

   Channels  shared: one channel of jobs for all workers. deques: one deque of
             jobs for each; an owner takes its newest, a thief the oldest of
             another. In both, a channel of results, back to the caller.
   Closing   shared: one [None] for each worker; On_lwt: the stream's end.
             deques: no job makes another, so that a worker that finds every
             deque empty may end.
   Agree     multiset; nobody idles while there is work anywhere.
   Sides     rust/src/patterns/work_stealing.rs
             python/chanpatterns/patterns/work_stealing.py
             compare/patterns/work_stealing.json
   Source    R. D. Blumofe, C. E. Leiserson, "Scheduling multithreaded
             computations by work stealing", J. ACM 46 (1999). *)

open Channels

let check = function [] -> invalid_arg "work_stealing: no worker" | _ -> ()
let attempt job x = match job x with y -> Ok y | exception e -> Error e

(** A worker [i] does what [next i] gives, until [None]. *)
let rec work next deliver job i =
  match next i with
  | None -> ()
  | Some x ->
      deliver (i, x, attempt job x);
      work next deliver job i

(** The jobs from number [oldest] up to, but not including, [newest]. *)
module Deque = struct
  type 'a t = { jobs : 'a array; mutable oldest : int; mutable newest : int }

  let of_list load =
    let jobs = Array.of_list load in
    { jobs; oldest = 0; newest = Array.length jobs }

  let pop deque =
    if deque.oldest = deque.newest then None
    else begin
      deque.newest <- deque.newest - 1;
      Some deque.jobs.(deque.newest)
    end

  let steal deque =
    if deque.oldest = deque.newest then None
    else begin
      deque.oldest <- deque.oldest + 1;
      Some deque.jobs.(deque.oldest - 1)
    end
end

(** [take pop steal deques i] is the next job of worker [i]: its own, or one of
    the next worker, in a circle, who has any. *)
let take pop steal deques i =
  let count = Array.length deques in
  let rec steal_from distance =
    if distance = count then None
    else
      match steal deques.((i + distance) mod count) with
      | None -> steal_from (distance + 1)
      | job -> job
  in
  match pop deques.(i) with None -> steal_from 1 | job -> job

module On_event = struct
  let start next results job loads =
    let deliver result = Event.sync (Event.send results result) in
    let worker = Thread.create (work next deliver job) in
    List.mapi (fun i _ -> worker i) loads

  (** [shared job loads] has a worker, a thread, for each of [loads], and is
      the list of [(worker, x, job x)] for every [x] in them, as completed. A
      job that raises [e] gives [Error e], and its worker goes on.
      @raise Invalid_argument if there is no load. *)
  let shared job loads =
    check loads;
    let jobs = Event.new_channel () and results = Event.new_channel () in
    let next _ = Event.sync (Event.receive jobs) in
    let threads = start next results job loads in
    let result = Event.wrap (Event.receive results) Option.some in
    (* Nothing is buffered, so the caller gives and collects in one choice. *)
    let rec serve todo collected =
      match todo with
      | [] -> List.rev collected
      | next :: rest -> (
          let given = Event.wrap (Event.send jobs next) (fun () -> None) in
          match Event.select [ given; result ] with
          | None -> serve rest collected
          | Some result -> serve todo (result :: collected))
    in
    let all = List.map Option.some (List.concat loads) in
    (* A worker that takes its end has delivered before. *)
    let collected = serve (all @ List.map (fun _ -> None) loads) [] in
    List.iter Thread.join threads;
    collected

  (** The same, with each load in its worker's own deque. The caller owns them
      all, and answers the workers that ask for a job. *)
  let deques job loads =
    check loads;
    let deques = Array.of_list (List.map Deque.of_list loads) in
    let requests = Event.new_channel () and results = Event.new_channel () in
    let replies = Array.map (fun _ -> Event.new_channel ()) deques in
    let next i =
      Event.sync (Event.send requests i);
      Event.sync (Event.receive replies.(i))
    in
    let threads = start next results job loads in
    let request = Event.wrap (Event.receive requests) Either.left in
    let result = Event.wrap (Event.receive results) Either.right in
    let rec serve working collected =
      if working = 0 then List.rev collected
      else
        match Event.select [ request; result ] with
        | Either.Right result -> serve working (result :: collected)
        | Either.Left i ->
            let job = take Deque.pop Deque.steal deques i in
            Event.sync (Event.send replies.(i) job);
            let working = if Option.is_none job then working - 1 else working in
            serve working collected
    in
    let collected = serve (List.length loads) [] in
    List.iter Thread.join threads;
    collected
end

module On_lwt = struct
  open Lwt.Syntax

  let run next job loads =
    let results, push = Lwt_stream.create () in
    let rec work i =
      let* x = next i in
      match x with
      | None -> Lwt.return_unit
      | Some x ->
          let* result =
            Lwt.try_bind (fun () -> job x) Lwt.return_ok Lwt.return_error
          in
          push (Some (i, x, result));
          work i
    in
    let* () = Lwt.join (List.mapi (fun i _ -> work i) loads) in
    push None;
    Lwt_stream.to_list results

  (** The same with promises. Two workers that wait for one stream would get
      the same item (lwt#250): they take in turn, at the mutex of
      {!Lwt_channel.taker}. *)
  let shared job loads =
    check loads;
    let jobs = Lwt_stream.of_list (List.concat loads) in
    let take = Lwt_channel.taker jobs in
    run (fun _ -> take ()) job loads

  (** Nothing switches while a job is taken: deques need no lock here. *)
  let deques job loads =
    check loads;
    let deques = Array.of_list (List.map Deque.of_list loads) in
    let next i = Lwt.return (take Deque.pop Deque.steal deques i) in
    run next job loads
end

module On_domains = struct
  let run next job loads =
    let results = Domains.Chan.make_unbounded () in
    let deliver = Domains.Chan.send results in
    let worker i _ () = work next deliver job i in
    let domains = Domains.spawn_all (List.mapi worker loads) in
    let receive _ = Domains.Chan.recv results in
    let collected = List.map receive (List.concat loads) in
    Domains.join_all domains;
    collected

  (** The same with a domain for each worker. *)
  let shared job loads =
    check loads;
    let jobs = Domains.Chan.make_unbounded () in
    let send = Domains.Chan.send jobs in
    List.iter (List.iter (fun x -> send (Some x))) loads;
    List.iter (fun _ -> send None) loads;
    run (fun _ -> Domains.Chan.recv jobs) job loads

  (** A channel gives its oldest item only, and an owner wants its newest: a
      deque is an array under a mutex of its own. *)
  let deques job loads =
    check loads;
    let guarded load = (Mutex.create (), Deque.of_list load) in
    let deques = Array.of_list (List.map guarded loads) in
    let locked f (lock, deque) =
      Mutex.lock lock;
      let job = f deque in
      Mutex.unlock lock;
      job
    in
    run (take (locked Deque.pop) (locked Deque.steal) deques) job loads
end

(* The entry for the laboratory. *)

type form = Shared | Deques

let read json =
  let input = Entry.Input.of_json json in
  let forms = [ ("shared", Shared); ("deques", Deques) ] in
  Entry.Input.
    ( field "form" (one_of forms) input,
      field "loads" (list (list int)) input,
      field "fails_on" (list int) input )

(** How many jobs must be at the gate before one of them works. *)
let gate_size loads = min (List.length loads) (List.length (List.concat loads))

let square fails_on x =
  if List.mem x fails_on then failwith (Printf.sprintf "cannot do %d" x);
  x * x

let observation form results concurrency =
  let value = function Ok y -> `Int y | Error e -> Entry.error e in
  let item (_, x, result) = `List [ `Int x; value result ] in
  let workers = Entry.ints (List.map (fun (i, _, _) -> i) results) in
  let measured =
    match form with
    | Shared -> []
    | Deques -> [ ("measured", `Assoc [ ("workers", workers) ]) ]
  in
  `Assoc
    (("items", `List (List.map item results))
    :: ("concurrency", `Int concurrency)
    :: measured)

let no_worker = Entry.refused "zero_workers"

let blocking shared deques json =
  let form, loads, fails_on = read json in
  let run = match form with Shared -> shared | Deques -> deques in
  Entry.Gate.with_gate (gate_size loads) @@ fun gate ->
  let job x = Entry.Gate.job gate (fun () -> square fails_on x) in
  match run job loads with
  | results -> observation form results (Entry.Gate.concurrency gate)
  | exception Invalid_argument _ when loads = [] -> no_worker

let cooperative shared deques json =
  let form, loads, fails_on = read json in
  let run = match form with Shared -> shared | Deques -> deques in
  Entry.Lwt_driver.run @@ fun () ->
  let gate = Entry.Lwt_gate.create (gate_size loads) in
  let work x () = Lwt.map (fun () -> square fails_on x) (Lwt.pause ()) in
  let job x = Entry.Lwt_gate.job gate (work x) in
  let observe results =
    observation form results (Entry.Lwt_gate.concurrency gate)
  in
  match run job loads with
  | results -> Lwt.map observe results
  | exception Invalid_argument _ when loads = [] -> Lwt.return no_worker

let entry =
  Entry.
    {
      event = Runs (blocking On_event.shared On_event.deques);
      lwt = Runs (cooperative On_lwt.shared On_lwt.deques);
      domains = Runs (blocking On_domains.shared On_domains.deques);
    }
