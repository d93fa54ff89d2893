(* What our Event has beyond the standard library's. *)

open Chanpatterns
open Checking

let is what show expected found = equal what show ~expected found
let option = function None -> "None" | Some n -> "Some " ^ int n
let start role = Thread.create role ()

let time () =
  Event.sync (Event.after 0.002);
  Event.sync (Event.after (-1.));
  let late = Event.wrap (Event.after 3600.) (fun () -> "late") in
  let never = Event.wrap (Event.after infinity) (fun () -> "never") in
  let soon = Event.wrap (Event.after 0.002) (fun () -> "soon") in
  is "the first" Fun.id "soon" (Event.select [ late; never; soon; Event.never ]);
  is "poll" string_of_bool true (Event.poll late = None);
  raises "nan"
    (Invalid_argument "Chanpatterns.Event.after: expected a number of seconds")
    (fun () -> Event.after nan)

let never () =
  is "poll" option None (Event.poll Event.never);
  is "beside another" int 1 (Event.select [ Event.never; Event.always 1 ])

(* A nack is ready for all and for good, or never. *)
let nacks () =
  let nacks = ref [] in
  let noted event =
    Event.with_nack (fun nack -> nacks := nack :: !nacks; event)
  in
  let fired () =
    let all = List.rev_map (fun nack -> Event.poll nack <> None) !nacks in
    nacks := [];
    String.concat " " (List.map string_of_bool all)
  in
  let lost = noted Event.never and won = noted (Event.always 1) in
  ignore (Event.select [ lost; won ]);
  is "lost, won" Fun.id "true false" (fired ());
  let inner = noted (Event.choose [ Event.never; noted Event.never; Event.always 1 ]) in
  ignore (Event.sync inner);
  is "a leaf inside" Fun.id "false true" (fired ());
  ignore (Event.poll lost);
  is "a poll that fails" Fun.id "true" (fired ());
  raises "guard" (Failure "guard") (fun () ->
      Event.select [ lost; Event.guard (fun () -> failwith "guard") ]);
  is "a guard that raises" Fun.id "true" (fired ());
  let nack = ref Event.never in
  let lost = Event.with_nack (fun fired -> nack := fired; Event.never) in
  ignore (Event.select [ lost; Event.always 1 ]);
  let waiters = List.init 3 (fun _ -> start (fun () -> Event.sync !nack)) in
  List.iter Thread.join waiters;
  Event.sync !nack

(* The nack fires before the wrap of the winner runs: which may wait for who
   waits for it. *)
let nack_first () =
  let told = Event.new_channel () in
  let lost =
    Event.with_nack (fun nack ->
        ignore (start (fun () -> Event.sync nack; Event.sync (Event.send told 7)));
        Event.never)
  in
  let winner = Event.wrap (Event.always ()) (fun () -> Event.sync (Event.receive told)) in
  is "told" int 7 (Event.select [ lost; winner ])

let channels () =
  let t = Channel.bounded 1 in
  let send n = Event.wrap (Channel.send_event t n) (fun _ -> 0) in
  let recv = Event.wrap (Channel.recv_event t) (fun m -> Option.value m ~default:(-1)) in
  is "room" int 0 (Event.select [ send 1; recv ]);
  is "no room" int 1 (Event.select [ send 2; recv ]);
  is "poll" string_of_bool true (Event.poll recv = None);
  Channel.close t;
  is "closed, drained" int (-1) (Event.sync recv);
  let refused = Event.select [ Event.never; Channel.send_event t 3 ] in
  is "closed" string_of_bool true (refused = Error 3);
  is "closed, alone" string_of_bool true
    (Event.poll (Channel.send_event t 4) = Some (Error 4))

(* A close is seen by who waits in a choice. *)
let closing () =
  let t = Channel.unbounded () in
  let waiter =
    start (fun () ->
        is "end" option None (Event.select [ Channel.recv_event t; Event.never ]))
  in
  Inside.until 1;
  Channel.close t;
  Thread.join waiter

(* Those who wait are served in the order of their coming, for all the looks at
   signals between. *)
let first_come () =
  let t = Event.new_channel () in
  let receivers =
    List.init 4 (fun n ->
        let got = ref 0 in
        let receive = Event.receive t in
        let event = if n mod 2 = 0 then receive else Event.choose [ Event.never; receive ] in
        let thread = start (fun () -> got := Event.sync event) in
        Inside.until (n + 1);
        (got, thread))
  in
  Event.sync (Event.after 0.25);
  List.iter (fun n -> Event.sync (Event.send t n)) [ 1; 2; 3; 4 ];
  List.iter (fun (_, thread) -> Thread.join thread) receivers;
  is "order" ints [ 1; 2; 3; 4 ] (List.map (fun (got, _) -> !got) receivers)

(* A send that loses is not sent, and leaves the table: the value is freed. *)
let losers () =
  let t = Event.new_channel () in
  let freed = ref 0 in
  for _ = 1 to 100 do
    let value = ref 0 in
    Gc.finalise (fun _ -> incr freed) value;
    let sent = Event.wrap (Event.send t value) (fun () -> "sent") in
    is "loses" Fun.id "other" (Event.select [ sent; Event.always "other" ])
  done;
  Gc.full_major ();
  is "freed" int 100 !freed;
  is "nothing was sent" string_of_bool true (Event.poll (Event.receive t) = None)

(* Parties of several domains meet in choices, over several channels. *)
let many { Parallel.start } () =
  let channels = List.init 3 (fun _ -> Event.new_channel ()) in
  let count = 1_000 in
  let produce me () =
    for n = 1 to count do
      Event.select (List.map (fun t -> Event.send t (me, n)) channels)
    done
  in
  let consume () =
    let sum = ref 0 in
    for _ = 1 to count do
      sum := !sum + snd (Event.select (List.map Event.receive channels))
    done;
    !sum
  in
  let consumers = List.init 3 (fun _ -> start consume) in
  let producers = List.init 3 (fun me -> start (produce me)) in
  List.iter (fun join -> join ()) producers;
  let sums = List.map (fun join -> join ()) consumers in
  is "sum" int (3 * count * (count + 1) / 2) (List.fold_left ( + ) 0 sums)

let () =
  test "time" time;
  test "never" never;
  test "nacks" nacks;
  test "nacks before wraps" nack_first;
  test "channels" channels;
  test "closing" closing;
  test "first come" first_come;
  test "losers" losers;
  List.iter (fun (name, start) -> test ("many, " ^ name) (many start)) Parallel.kinds
