(* Messages per second from one thread to another, OCaml to OCaml: through the
   Rust channel, the standard library's Event and Domainslib.Chan.

   The systems of a row take turns, round after round, so that what else goes on
   in the machine meets all of them; the figure is the median. Each round checks
   its total. *)

module Channel = Chanpatterns.Channel

let start_thread role =
  let thread = Thread.create role () in
  fun () -> Thread.join thread

(* A row's systems: a name, and a way to pass [count] messages. *)
type system = { name : string; pass : int -> int }

(** Sends 1 to [count] to another role, and is the sum of what is received. *)
let pass start ~send ~recv count =
  let join = start (fun () -> for n = 1 to count do send n done) in
  let sum = ref 0 in
  for _ = 1 to count do sum := !sum + recv () done;
  join ();
  !sum

let make = function
  | None -> Channel.unbounded ()
  | Some capacity -> Channel.bounded capacity

let channel start capacity count =
  let t = make capacity in
  pass start count ~send:(Channel.send_exn t)
    ~recv:(fun () -> Channel.recv_exn t)

let event start count =
  let t = Chanpatterns.Event.new_channel () in
  pass start count
    ~send:(fun n -> Chanpatterns.Event.(sync (send t n)))
    ~recv:(fun () -> Chanpatterns.Event.(sync (receive t)))

let choice start count =
  let t = Chanpatterns.Event.new_channel () in
  let u = Chanpatterns.Event.new_channel () in
  pass start count
    ~send:(fun n -> Chanpatterns.Event.(sync (send t n)))
    ~recv:(fun () -> Chanpatterns.Event.(select [ receive t; receive u ]))

let standard start count =
  let t = Event.new_channel () in
  pass start count
    ~send:(fun n -> Event.(sync (send t n)))
    ~recv:(fun () -> Event.(sync (receive t)))

let standard_choice start count =
  let t = Event.new_channel () and u = Event.new_channel () in
  pass start count
    ~send:(fun n -> Event.(sync (send t n)))
    ~recv:(fun () -> Event.(select [ receive t; receive u ]))

let domainslib capacity count =
  let t = Domains.make capacity in
  pass Domains.start count ~send:(Domains.send t)
    ~recv:(fun () -> Domains.recv t)

(* Rows: what is done, how many messages a round, ours, and the others. *)

let ours pass = { name = "Rust channel"; pass }
let ours_event pass = { name = "Chanpatterns.Event"; pass }
let std pass = { name = "Event"; pass }
let dom capacity = { name = "Domainslib.Chan"; pass = domainslib capacity }

let thread_rows =
  let start = start_thread in
  let event_too = [ std (standard start) ] in
  [ ("threads, rendezvous", 20_000, ours (channel start (Some 0)), event_too);
    ("threads, Event", 20_000, ours_event (event start), event_too);
    ("threads, choice of two", 20_000, ours_event (choice start),
      [ std (standard_choice start) ]);
    ("threads, bounded 64", 200_000, ours (channel start (Some 64)), event_too);
    ("threads, unbounded", 200_000, ours (channel start None), event_too) ]

let domain_rows =
  let start = Domains.start in
  let both = [ std (standard start); dom (Some 0) ] in
  [ ("domains, rendezvous", 50_000, ours (channel start (Some 0)), both);
    ("domains, Event", 50_000, ours_event (event start), both);
    ("domains, bounded 64", 500_000, ours (channel start (Some 64)),
      [ dom (Some 64) ]);
    ("domains, unbounded", 500_000, ours (channel start None), [ dom None ]) ]

let rows = thread_rows @ if Domains.available then domain_rows else []

(* Measuring *)

let rounds = 9

(** One round: messages per second. Slow systems pass fewer, for a while of
    about the same length. *)
let round count { name; pass } =
  let slow = name = "Event" || name = "Chanpatterns.Event" in
  let count = if slow then min count 20_000 else count in
  let began = Unix.gettimeofday () in
  let sum = pass count in
  let seconds = Unix.gettimeofday () -. began in
  if sum <> count * (count + 1) / 2 then
    failwith (Printf.sprintf "%s: the sum of %d messages is %d" name count sum);
  float count /. seconds

let median figures =
  let sorted = List.sort compare figures in
  List.nth sorted (List.length sorted / 2)

let measure count systems =
  let all = List.map (fun system -> (system, ref [])) systems in
  for _ = 1 to rounds do
    List.iter
      (fun (system, figures) -> figures := round count system :: !figures)
      all
  done;
  List.map (fun (system, figures) -> (system.name, median !figures)) all

let thousands per_second = Printf.sprintf "%.0f" (per_second /. 1e3)

let report (what, count, ours, others) =
  match measure count (ours :: others) with
  | [] -> ()
  | (_, mine) :: theirs ->
      let versus (name, figure) =
        Printf.printf "| %s | %s | %s | %s | %s | %.2f |\n%!" what ours.name
          (thousands mine) name (thousands figure) (mine /. figure)
      in
      List.iter versus theirs

let () =
  Printf.printf
    "OCaml %s; thousands of messages per second, one sender, one receiver, \
     medians of %d rounds in turns.\n\n\
     | what | ours | thousand/s | other | thousand/s | ratio |\n\
     |---|---|---|---|---|---|\n"
    Sys.ocaml_version rounds;
  List.iter report rows
