(* Worker pool: items to workers, results collected.

   Channels  jobs, from the caller to the workers; results, back.
   Closing   On_event, On_domains: one [None] for each worker ends the jobs
             (Differs: no close). On_lwt: the stream of items ends by itself.
   Tasks     On_lwt: its promises are what [worker_pool_async] runs as tasks in
             Rust, and asyncio in Python. Differs: Event blocks its threads,
             Domainslib.Chan its domains; neither serves tasks.
             Differs: a list goes in and comes out, and in Rust a stream,
             which can be left.
   Agree     multiset as completed, exact in input order; [workers] jobs run
             at once as long as there is work.
   Sides     rust/src/patterns/worker_pool.rs
             python/chanpatterns/patterns/worker_pool.py
             compare/patterns/worker_pool.json
   Source    M. McGranaghan, "Go by Example", worker pools. *)

open Channels

type order = Completed | Input

let check workers =
  if workers < 1 then invalid_arg "worker_pool: no worker"

let number items = List.mapi (fun n x -> (n, x)) items
let attempt job x = match job x with y -> Ok y | exception e -> Error e

let arrange order results =
  let by_number (n, _, _) (m, _, _) = compare n m in
  let results =
    match order with
    | Completed -> List.rev results
    | Input -> List.sort by_number results
  in
  List.map (fun (_, x, result) -> (x, result)) results

module On_event = struct
  (** [worker_pool ~workers order job items] is each item with the result of
      [job item], as completed or in input order. So many workers do the jobs,
      each on a thread of its own. A job that raises [e] gives [Error e], and
      its worker goes on.
      @raise Invalid_argument if there is no worker. *)
  let worker_pool ~workers order job items =
    check workers;
    let jobs = Event.new_channel () and results = Event.new_channel () in
    let rec worker () =
      match Event.sync (Event.receive jobs) with
      | None -> ()
      | Some (n, x) ->
          Event.sync (Event.send results (n, x, attempt job x));
          worker ()
    in
    let start _ = Thread.create worker () in
    let threads = List.init workers start in
    (* Neither channel has a buffer. To feed all and collect then would be a
       deadlock: a worker that wants rid of a result takes no job. So the
       caller offers both, and what is ready happens. *)
    let rec serve todo collected =
      match todo with
      | [] -> collected
      | job :: rest -> (
          let fed = Event.wrap (Event.send jobs job) (fun () -> None) in
          let done_ = Event.wrap (Event.receive results) Option.some in
          match Event.select [ fed; done_ ] with
          | None -> serve rest collected
          | Some result -> serve todo (result :: collected))
    in
    let todo = List.map Option.some (number items) in
    (* A worker takes its [None] when its results are gone, hence last. *)
    let ends = List.init workers (fun _ -> None) in
    let collected = serve (todo @ ends) [] in
    List.iter Thread.join threads;
    arrange order collected
end

module On_lwt = struct
  (** The same with promises. Workers that each read the stream would get the
      same item (lwt#250): [iter_n] is one reader for all, and starts a job
      whenever fewer than [workers] are running. *)
  let worker_pool ~workers order job items =
    check workers;
    let results = ref [] in
    let work (n, x) =
      let keep result = results := (n, x, result) :: !results in
      Lwt.map keep
        (Lwt.try_bind (fun () -> job x) Lwt.return_ok Lwt.return_error)
    in
    let jobs = Lwt_stream.of_list (number items) in
    Lwt.map
      (fun () -> arrange order !results)
      (Lwt_stream.iter_n ~max_concurrency:workers work jobs)
end

module On_domains = struct
  (** The same with a domain for each worker. Both channels are unbounded, so
      that the caller can feed all, then start the workers, then collect. *)
  let worker_pool ~workers order job items =
    check workers;
    let jobs = Domains.Chan.make_unbounded () in
    let results = Domains.Chan.make_unbounded () in
    let rec worker () =
      match Domains.Chan.recv jobs with
      | None -> ()
      | Some (n, x) ->
          Domains.Chan.send results (n, x, attempt job x);
          worker ()
    in
    List.iter (fun item -> Domains.Chan.send jobs (Some item)) (number items);
    for _ = 1 to workers do Domains.Chan.send jobs None done;
    let domains = Domains.spawn_all (List.init workers (fun _ -> worker)) in
    let collect collected _ = Domains.Chan.recv results :: collected in
    let collected = List.fold_left collect [] items in
    Domains.join_all domains;
    arrange order collected
end

(* The entry for the laboratory. *)

let read json =
  let input = Entry.Input.of_json json in
  let orders = [ ("completed", Completed); ("input", Input) ] in
  Entry.Input.
    ( field "items" (list int) input,
      field "workers" natural input,
      field "order" (one_of orders) input,
      field "fails_on" (list int) input )

let square fails_on x =
  if List.mem x fails_on then failwith (Printf.sprintf "cannot do %d" x);
  x * x

let observation results concurrency =
  let item (x, result) =
    let value =
      match result with Ok y -> `Int y | Error e -> Entry.error e
    in
    `List [ `Int x; value ]
  in
  `Assoc
    [
      ("items", `List (List.map item results));
      ("concurrency", `Int concurrency);
    ]

let no_worker = Entry.refused "zero_workers"

let blocking worker_pool json =
  let items, workers, order, fails_on = read json in
  Entry.Gate.with_gate (min workers (List.length items)) @@ fun gate ->
  let job x = Entry.Gate.job gate (fun () -> square fails_on x) in
  match worker_pool ~workers order job items with
  | results -> observation results (Entry.Gate.concurrency gate)
  | exception Invalid_argument _ when workers < 1 -> no_worker

let cooperative worker_pool json =
  let items, workers, order, fails_on = read json in
  Entry.Lwt_driver.run @@ fun () ->
  let gate = Entry.Lwt_gate.create (min workers (List.length items)) in
  let work x () = Lwt.map (fun () -> square fails_on x) (Lwt.pause ()) in
  let job x = Entry.Lwt_gate.job gate (work x) in
  let observe results =
    observation results (Entry.Lwt_gate.concurrency gate)
  in
  match worker_pool ~workers order job items with
  | results -> Lwt.map observe results
  | exception Invalid_argument _ when workers < 1 -> Lwt.return no_worker

let entry =
  Entry.
    {
      event = Without_tasks (blocking On_event.worker_pool);
      lwt = Runs (cooperative On_lwt.worker_pool);
      domains = Without_tasks (blocking On_domains.worker_pool);
    }
