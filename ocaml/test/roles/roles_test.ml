(* What the cases cannot ask: roles that raise where the caller hears of it,
   or leave early. Every call must end, and leave no thread behind. *)

open Checking
open Patterns

let show results =
  let one = function Ok n -> int n | Error e -> Printexc.to_string e in
  String.concat " " (List.map one results)

let rec drain receive taken =
  match receive () with
  | None -> List.rev taken
  | Some item -> drain receive (item :: taken)

(* The same for threads and domains. *)

let fan_in name fan_in =
  test (name ^ ": the collector of fan_in raises") @@ fun () ->
  nothing_left "fan_in" @@ fun () ->
  let sent = Entry.Log.create () in
  let source send =
    for i = 1 to 10 do send i; Entry.Log.add sent i done
  in
  raises "what the collector raised" Exit (fun () ->
      fan_in [ source; source ] (fun _ _ -> raise Exit));
  (* The sources were not stopped half way. *)
  equal "sent" int ~expected:20 (List.length (Entry.Log.items sent))

let producers name producers =
  test (name ^ ": the collector of producers raises") @@ fun () ->
  nothing_left "producers" @@ fun () ->
  let open Producers in
  let who = [ { label = "A"; items = 9; delay_ms = 1 } ] in
  let seen = ref 0 in
  let each _ = incr seen; if !seen = 3 then raise Exit in
  let clock = Entry.Virtual_clock.create () in
  raises "what the collector raised" Exit (fun () ->
      producers clock (who @ who) each);
  equal "collected" int ~expected:3 !seen

let fan_out name fan_out =
  test (name ^ ": the source of fan_out raises") @@ fun () ->
  nothing_left "fan_out" @@ fun () ->
  let rec from n () =
    if n = 4 then raise Exit else Seq.Cons (n, from (n + 1))
  in
  let seen = Entry.Log.create () in
  let consume _ x = Entry.Log.add seen x; if x = 2 then failwith "two" in
  raises "what the source raised" Exit (fun () ->
      fan_out ~consumers:2 (from 1) consume);
  equal "consumed" ints ~expected:[ 1; 2; 3 ]
    (List.sort compare (Entry.Log.items seen))

let pipeline name (pipeline : capacity:int -> _) =
  test (name ^ ": stages of a pipeline raise or leave") @@ fun () ->
  let counting last =
    let n = ref 0 in
    fun () -> incr n; if !n > last then raise Exit else Some !n
  in
  let double x = if x = 2 then failwith "two" else 2 * x in
  nothing_left "pipeline" @@ fun () ->
  equal "errors at their places" Fun.id
    ~expected:{|2 Failure("two") 6 Stdlib.Exit|}
    (show
       (pipeline ~capacity:1 (counting 3) double (fun r -> drain r [])));
  raises "what the aggregator raised" Not_found (fun () ->
      pipeline ~capacity:1 (counting max_int) double (fun receive ->
          ignore (receive ());
          raise Not_found))

let bound name (pipeline : capacity:int -> _) =
  test (name ^ ": a pipeline with nobody receiving") @@ fun () ->
  let asked = Atomic.make 0 in
  let generate () = Atomic.incr asked; Some (Atomic.get asked) in
  (* Two channels of three and a value in each hand. *)
  let full = 8 in
  let leave_late _ =
    while Atomic.get asked < full do Thread.yield () done;
    (* Time for a generator that nothing holds to be asked for more. *)
    for _ = 1 to 10_000 do
      if Atomic.get asked = full then Thread.yield ()
    done;
    []
  in
  let results = pipeline ~capacity:3 generate Fun.id leave_late in
  equal "nothing taken" Fun.id ~expected:"" (show results);
  equal "asked for" int ~expected:full (Atomic.get asked)

let backpressure name (backpressure : capacity:int -> _) =
  test (name ^ ": roles under backpressure raise or leave") @@ fun () ->
  let open Backpressure in
  let stage x = if x = 2 then failwith "two" else x + 1 in
  let source { send; _ } = List.iter send [ 1; 2; 3 ]; raise Exit in
  nothing_left "backpressure" @@ fun () ->
  List.iter
    (fun capacity ->
      equal "errors at their places" Fun.id
        ~expected:{|3 Failure("two") 5 Stdlib.Exit|}
        (show
           (backpressure ~capacity [ stage; succ ] source (fun receive ->
                drain receive [])));
      raises "what the sink raised" Not_found (fun () ->
          backpressure ~capacity [ stage ] source (fun _ -> raise Not_found)))
    [ 0; 1; 10 ]

let pools name worker_pool work_stealing =
  test (name ^ ": jobs of any type") @@ fun () ->
  nothing_left "worker_pool and work_stealing" @@ fun () ->
  (* Functions cannot be compared: no pattern may try. *)
  let jobs = List.init 10 (fun i () -> i) in
  let value = function Ok i -> i | Error _ -> -1 in
  let results = worker_pool ~workers:3 Worker_pool.Input (fun f -> f ()) jobs in
  equal "pool" ints ~expected:(List.init 10 Fun.id)
    (List.map (fun (_, r) -> value r) results);
  let results = work_stealing (fun f -> f ()) [ []; jobs; [] ] in
  equal "stealing" ints ~expected:(List.init 10 Fun.id)
    (List.sort compare (List.map (fun (_, _, r) -> value r) results))

let () =
  let name = "event" in
  fan_in name Fan_in.On_event.fan_in;
  producers name (Producers.On_event.producers ~capacity:0);
  fan_out name Fan_out.On_event.fan_out;
  pipeline name Pipeline.On_event.pipeline;
  bound name Pipeline.On_event.pipeline;
  backpressure name Backpressure.On_event.backpressure;
  pools name Worker_pool.On_event.worker_pool Work_stealing.On_event.shared;
  pools name Worker_pool.On_event.worker_pool Work_stealing.On_event.deques

let () =
  match Channels.Domains.available with
  | Error reason -> skip "roles on domains" reason
  | Ok () ->
      let name = "domains" in
      fan_in name Fan_in.On_domains.fan_in;
      producers name (Producers.On_domains.producers ~capacity:0);
      fan_out name Fan_out.On_domains.fan_out;
      pipeline name Pipeline.On_domains.pipeline;
      bound name Pipeline.On_domains.pipeline;
      backpressure name Backpressure.On_domains.backpressure;
      test "more consumers than domains" (fun () ->
          let fan_out consumers =
            Fan_out.On_domains.fan_out ~consumers (List.to_seq [ 1 ])
              (fun _ _ -> ())
          in
          (match fan_out 1_000 with
          | exception Failure _ -> ()
          | _ -> failwith "a thousand domains were had");
          equal "failures of a later call" int ~expected:0
            (List.length (fan_out 2)));
      pools name Worker_pool.On_domains.worker_pool
        Work_stealing.On_domains.shared;
      pools name Worker_pool.On_domains.worker_pool
        Work_stealing.On_domains.deques

(* Promises. *)

open Lwt.Syntax

let lwt name f = test ("lwt: " ^ name) (fun () -> Entry.Lwt_driver.run f)

(* That [f] fails with [e]. *)
let fails what e f =
  Lwt.try_bind f
    (fun _ -> failwith (what ^ ": no exception"))
    (fun found ->
      equal what Fun.id ~expected:(Printexc.to_string e)
        (Printexc.to_string found);
      Lwt.return_unit)

let rec drain_lwt receive taken =
  let* item = receive () in
  match item with
  | None -> Lwt.return (List.rev taken)
  | Some item -> drain_lwt receive (item :: taken)

let () =
  lwt "the collector of fan_in raises" (fun () ->
      let sent = ref 0 in
      let source send =
        let send i = send i; incr sent; Lwt.pause () in
        Lwt_list.iter_s send (List.init 10 Fun.id)
      in
      let+ () =
        fails "collector" Exit (fun () ->
            Fan_in.On_lwt.fan_in [ source; source ] (fun _ _ -> raise Exit))
      in
      equal "sent" int ~expected:20 !sent);
  lwt "the collector of producers raises" (fun () ->
      let who = Producers.{ label = "A"; items = 9; delay_ms = 1 } in
      let clock = Entry.Lwt_driver.clock in
      fails "collector" Exit (fun () ->
          Producers.On_lwt.producers ~capacity:0 clock [ who; who ] (fun _ ->
              raise Exit)));
  lwt "the source of fan_out raises" (fun () ->
      let rec from n () =
        if n = 4 then raise Exit else Seq.Cons (n, from (n + 1))
      in
      let seen = ref [] in
      let consume _ x = seen := x :: !seen; Lwt.pause () in
      let+ () =
        fails "source" Exit (fun () ->
            Fan_out.On_lwt.fan_out ~consumers:2 (from 1) consume)
      in
      equal "consumed" ints ~expected:[ 1; 2; 3 ] (List.rev !seen))

let () =
  let double x = if x = 2 then failwith "two" else Lwt.return (2 * x) in
  let counting last =
    let n = ref 0 in
    fun () ->
      incr n;
      if !n > last then raise Exit else Lwt.return_some !n
  in
  let pipeline = Pipeline.On_lwt.pipeline in
  lwt "stages of a pipeline raise or leave" (fun () ->
      let* results =
        pipeline ~capacity:1 (counting 3) double (fun r -> drain_lwt r [])
      in
      equal "errors at their places" Fun.id
        ~expected:{|2 Failure("two") 6 Stdlib.Exit|} (show results);
      fails "aggregator" Not_found (fun () ->
          pipeline ~capacity:1 (counting max_int) double (fun receive ->
              let* _ = receive () in
              raise Not_found)));
  lwt "a pipeline with nobody receiving" (fun () ->
      let asked = ref 0 in
      let generate () = incr asked; Lwt.return_some !asked in
      let pauses = List.init 100 Fun.id in
      let+ () =
        pipeline ~capacity:3 generate Lwt.return (fun _ ->
            Lwt_list.iter_s (fun _ -> Lwt.pause ()) pauses)
      in
      equal "asked for" int ~expected:8 !asked);
  let backpressure ~capacity =
    let source Backpressure.{ send; _ } =
      let* () = Lwt_list.iter_s send [ 1; 3; 2 ] in
      raise Exit
    in
    Backpressure.On_lwt.backpressure ~capacity [ double; double ] source
  in
  let errors_at_their_places capacity =
    let* results = backpressure ~capacity (fun r -> drain_lwt r []) in
    equal "errors at their places" Fun.id
      ~expected:{|Failure("two") 12 Failure("two") Stdlib.Exit|} (show results);
    fails "sink" Not_found (fun () ->
        backpressure ~capacity (fun _ -> raise Not_found))
  in
  lwt "roles under backpressure raise or leave" (fun () ->
      Lwt_list.iter_s errors_at_their_places [ 0; 1; 10 ]);
  lwt "jobs of any type" (fun () ->
      let jobs = List.init 10 (fun i () -> Lwt.return i) in
      let value = function Ok i -> i | Error _ -> -1 in
      let apply f = f () in
      let* results =
        Worker_pool.On_lwt.worker_pool ~workers:3 Worker_pool.Input apply jobs
      in
      equal "pool" ints ~expected:(List.init 10 Fun.id)
        (List.map (fun (_, r) -> value r) results);
      let+ results = Work_stealing.On_lwt.deques apply [ []; jobs; [] ] in
      equal "stealing" ints ~expected:(List.init 10 Fun.id)
        (List.sort compare (List.map (fun (_, _, r) -> value r) results)))
