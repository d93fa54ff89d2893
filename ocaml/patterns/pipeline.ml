(* Pipeline: generator, transformer, aggregator.

   Channels  values, from the generator to the transformer; results, on to the
             aggregator; both of one capacity.
   Closing   downstream: the generator ends, and each stage ends the next.
             Upstream, when the aggregator leaves early: On_event and On_lwt
             close the channel, which fails the next send of the stage before.
             On_domains: a flag stops the generator, and what is on its way
             is drained (Differs: no close).
   Tasks     On_lwt: its promises are what [pipeline_async] runs as tasks in
             Rust, and asyncio in Python. Differs: Event blocks its threads,
             Domainslib.Chan its domains; neither serves tasks.
             Differs: an aggregator that leaves waits for the next send of
             each stage, and Rust aborts them.
   Agree     exact; at most taken + 2 * capacity + 2 values are generated.
   Sides     rust/src/patterns/pipeline.rs
             python/chanpatterns/patterns/pipeline.py
             compare/patterns/pipeline.json
   Source    S. Ajmani, "Go Concurrency Patterns: Pipelines and cancellation"
             (2014). *)

open Channels

let attempt f x = match f x with y -> Ok y | exception e -> Error e

module On_event = struct
  (** [pipeline ~capacity generate transform aggregate] is what [aggregate]
      returns, once all three stages have ended. [generate] gives a value each
      time it is asked, and [None] at its end; [aggregate receive] runs on the
      caller's thread and receives results until [None], or leaves before.

      A value that [transform] raises [e] for is [Error e], and the next one
      follows; where [generate] raises, [Error e] is the last. *)
  let pipeline ~capacity generate transform aggregate =
    Event_channel.with_channel ~capacity @@ fun values ->
    Event_channel.with_channel ~capacity @@ fun results ->
    let rec generator () =
      match generate () with
      | None -> Event_channel.close values
      | Some value -> (
          match Event_channel.send values (Ok value) with
          | Ok () -> generator ()
          | Error _ -> ())
      | exception e ->
          (* Whether or not anybody is left to hear of it. *)
          ignore (Event_channel.send values (Error e));
          Event_channel.close values
    in
    let rec transformer () =
      match Event_channel.receive values with
      | None -> Event_channel.close results
      | Some value -> (
          let result = Result.bind value (attempt transform) in
          match Event_channel.send results result with
          | Ok () -> transformer ()
          | Error _ -> Event_channel.leave values)
    in
    let start stage = Thread.create stage () in
    let threads = List.map start [ generator; transformer ] in
    Fun.protect
      (fun () -> aggregate (fun () -> Event_channel.receive results))
      ~finally:(fun () ->
        Event_channel.leave results;
        List.iter Thread.join threads)
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises: the stages' functions give one. Differs: a
      bounded [Lwt_stream] would do but for capacity 0, at which it sleeps
      for ever; hence {!Lwt_channel}. *)
  let pipeline ~capacity generate transform aggregate =
    let values = Lwt_channel.create ~capacity () in
    let results = Lwt_channel.create ~capacity () in
    let attempt f x =
      Lwt.try_bind (fun () -> f x) Lwt.return_ok Lwt.return_error
    in
    let rec generator () =
      let* value = attempt generate () in
      match value with
      | Ok None -> Lwt.return (Lwt_channel.close values)
      | Ok (Some value) -> (
          let* sent = Lwt_channel.send values (Ok value) in
          match sent with Ok () -> generator () | Error _ -> Lwt.return_unit)
      | Error e ->
          let+ _ = Lwt_channel.send values (Error e) in
          Lwt_channel.close values
    in
    let rec transformer () =
      let* value = Lwt_channel.receive values in
      match value with
      | None -> Lwt.return (Lwt_channel.close results)
      | Some value -> (
          let* result =
            match value with
            | Ok value -> attempt transform value
            | Error e -> Lwt.return_error e
          in
          let* sent = Lwt_channel.send results result in
          match sent with
          | Ok () -> transformer ()
          | Error _ -> Lwt.return (Lwt_channel.leave values))
    in
    let ended = Lwt.join [ generator (); transformer () ] in
    Lwt.finalize
      (fun () -> aggregate (fun () -> Lwt_channel.receive results))
      (fun () ->
        Lwt_channel.leave results;
        ended)
end

module On_domains = struct
  (** The same with a domain for each stage. *)
  let pipeline ~capacity generate transform aggregate =
    let values = Domains.Chan.make_bounded capacity in
    let results = Domains.Chan.make_bounded capacity in
    let left = Atomic.make false in
    let rec generator () =
      let send = Domains.Chan.send values in
      if Atomic.get left then send None
      else
        match generate () with
        | None -> send None
        | Some value -> send (Some (Ok value)); generator ()
        | exception e -> send (Some (Error e)); send None
    in
    let rec transformer () =
      match Domains.Chan.recv values with
      | None -> Domains.Chan.send results None
      | Some value ->
          if not (Atomic.get left) then begin
            let result = Result.bind value (attempt transform) in
            Domains.Chan.send results (Some result)
          end;
          transformer ()
    in
    let domains = Domains.spawn_all [ generator; transformer ] in
    let ended = ref false in
    let receive () =
      if !ended then None
      else begin
        let result = Domains.Chan.recv results in
        ended := Option.is_none result;
        result
      end
    in
    Fun.protect
      (fun () -> aggregate receive)
      ~finally:(fun () ->
        Atomic.set left true;
        while Option.is_some (receive ()) do () done;
        Domains.join_all domains)
end

(* The entry for the laboratory. *)

type case = {
  first : int;
  last : int option;
  capacity : int;
  take : int option;
  fails_on : int list;
}

let read json =
  let input = Entry.Input.of_json json in
  Entry.Input.
    {
      first = field "from" int input;
      last = field "to" (nullable int) input;
      capacity = field "capacity" natural input;
      take = field "take" (nullable natural) input;
      fails_on = field "fails_on" (list int) input;
    }

(* Counts what it is asked for; only the generator's thread writes it. *)
let counting case generated () =
  let value = case.first + Atomic.get generated in
  match case.last with
  | Some last when value > last -> None
  | _ -> Atomic.incr generated; Some value

let square case x =
  if List.mem x case.fails_on then
    failwith (Printf.sprintf "cannot transform %d" x);
  x * x

let observation results generated =
  let item = function Ok y -> `Int y | Error e -> Entry.error e in
  let add sum = function Ok y -> sum + y | Error _ -> sum in
  `Assoc
    [
      ("items", `List (List.map item results));
      ("sum", `Int (List.fold_left add 0 results));
      ( "measured",
        `Assoc [ ("generated", `Int (Atomic.get generated)) ] );
    ]

let blocking pipeline json =
  let case = read json and generated = Atomic.make 0 in
  let aggregate receive =
    let rec go taken n =
      if case.take = Some n then List.rev taken
      else
        match receive () with
        | None -> List.rev taken
        | Some result -> go (result :: taken) (n + 1)
    in
    go [] 0
  in
  let results =
    pipeline ~capacity:case.capacity (counting case generated)
      (square case) aggregate
  in
  observation results generated

let cooperative pipeline json =
  let open Lwt.Syntax in
  let case = read json and generated = Atomic.make 0 in
  let aggregate receive =
    let rec go taken n =
      if case.take = Some n then Lwt.return (List.rev taken)
      else
        let* result = receive () in
        match result with
        | None -> Lwt.return (List.rev taken)
        | Some result -> go (result :: taken) (n + 1)
    in
    go [] 0
  in
  let after_pause f x = Lwt.map (fun () -> f x) (Lwt.pause ()) in
  Entry.Lwt_driver.run @@ fun () ->
  let+ results =
    pipeline ~capacity:case.capacity
      (after_pause (counting case generated))
      (after_pause (square case))
      aggregate
  in
  observation results generated

let entry =
  Entry.
    {
      event = Without_tasks (blocking On_event.pipeline);
      lwt = Runs (cooperative On_lwt.pipeline);
      domains = Without_tasks (blocking On_domains.pipeline);
    }
