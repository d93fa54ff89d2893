(* Fan-in: many sources, one collector.

   Channels  one channel that every source sends on.
   Closing   On_event, On_domains: a channel cannot be closed, so each source
             sends its end when it is done, and the collector counts them
             (Differs: no close). On_lwt: [None], pushed when all are done.
   Tasks     On_lwt: its promises are what [fan_in_async] runs as tasks in
             Rust, and asyncio in Python. Differs: Event blocks its threads,
             Domainslib.Chan its domains; neither serves tasks.
             Differs: a collector that leaves lets the sources run to their
             end, and Rust aborts them.
   Agree     per_producer: order within a source, any order between sources.
   Sides     rust/src/patterns/fan_in.rs
             python/chanpatterns/patterns/fan_in.py
             compare/patterns/fan_in.json
   Source    R. Pike, "Go Concurrency Patterns" (2012), multiplexing. *)

open Channels

module On_event = struct
  (** [fan_in sources each] runs every source on a thread of its own, calls
      [each i (Ok x)] for every [x] that source [i] (from 0) sends, and returns
      when all have ended. A source is given the function that it sends with.
      One that raises [e] ends so too, with a last [each i (Error e)].

      [each] runs on the caller's thread. If it raises, the sources still run
      to their end, unheard, and then the exception goes on. *)
  let fan_in sources each =
    let channel = Event.new_channel () in
    let run (i, source) =
      let send message = Event.sync (Event.send channel message) in
      (try source (fun x -> send (Some (i, Ok x)))
       with e -> send (Some (i, Error e)));
      send None
    in
    let start i source = Thread.create run (i, source) in
    let threads = List.mapi start sources in
    let running = ref (List.length sources) in
    let rec collect each =
      if !running > 0 then begin
        (match Event.sync (Event.receive channel) with
        | Some (i, item) -> each i item
        | None -> decr running);
        collect each
      end
    in
    Fun.protect
      (fun () -> collect each)
      ~finally:(fun () ->
        collect (fun _ _ -> ());
        List.iter Thread.join threads)
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises: a source is one, and so is what [each] does. The
      stream has no bound, so a source sends without waiting. *)
  let fan_in sources each =
    let stream, push = Lwt_stream.create () in
    let run i source =
      let send item = push (Some (i, item)) in
      Lwt.catch
        (fun () -> source (fun x -> send (Ok x)))
        (fun e -> Lwt.return (send (Error e)))
    in
    let ended =
      let* () = Lwt.join (List.mapi run sources) in
      Lwt.return (push None)
    in
    Lwt.finalize
      (fun () -> Lwt_stream.iter_s (fun (i, item) -> each i item) stream)
      (fun () -> ended)
end

module On_domains = struct
  (** The same with a domain for each source. Their channel is unbounded: no
      source waits for [each]. *)
  let fan_in sources each =
    let channel = Domains.Chan.make_unbounded () in
    let run i source () =
      let send message = Domains.Chan.send channel message in
      (try source (fun x -> send (Some (i, Ok x)))
       with e -> send (Some (i, Error e)));
      send None
    in
    let domains = Domains.spawn_all (List.mapi run sources) in
    let running = ref (List.length sources) in
    let rec collect each =
      if !running > 0 then begin
        (match Domains.Chan.recv channel with
        | Some (i, item) -> each i item
        | None -> decr running);
        collect each
      end
    in
    Fun.protect
      (fun () -> collect each)
      ~finally:(fun () ->
        collect (fun _ _ -> ());
        Domains.join_all domains)
end

(* The entry for the laboratory. *)

let observe run json =
  let source input =
    Entry.Input.
      (field "items" (list int) input, optional "fails" string input)
  in
  let sources =
    Entry.Input.(field "sources" (list source) (of_json json))
  in
  let log = Entry.Log.create () in
  let each i item =
    let value =
      match item with Ok x -> `Int x | Error e -> Entry.error e
    in
    Entry.Log.add log (`List [ `Int i; value ])
  in
  run sources each;
  `Assoc [ ("items", `List (Entry.Log.items log)) ]

let blocking fan_in =
  let source (items, fails) send =
    List.iter send items;
    Option.iter failwith fails
  in
  observe (fun sources each -> fan_in (List.map source sources) each)

let cooperative fan_in =
  let source (items, fails) send =
    let send_one x = send x; Lwt.pause () in
    let fail () = Option.iter failwith fails in
    Lwt.map fail (Lwt_list.iter_s send_one items)
  in
  let each_of each i item = Lwt.return (each i item) in
  observe (fun sources each ->
      Entry.Lwt_driver.run (fun () ->
          fan_in (List.map source sources) (each_of each)))

let entry =
  Entry.
    {
      event = Without_tasks (blocking On_event.fan_in);
      lwt = Runs (cooperative On_lwt.fan_in);
      domains = Without_tasks (blocking On_domains.fan_in);
    }
