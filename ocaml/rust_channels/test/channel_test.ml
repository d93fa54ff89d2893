open Chanpatterns
open Checking

let option = function None -> "None" | Some n -> "Some " ^ int n

let sent = function
  | Ok () -> "Ok"
  | Error (`Full n) -> "Full " ^ int n
  | Error (`Closed n) -> "Closed " ^ int n
  | Error (`Timeout n) -> "Timeout " ^ int n

let received = function
  | Ok n -> int n
  | Error `Empty -> "Empty"
  | Error `Closed -> "Closed"
  | Error `Timeout -> "Timeout"

let is what show expected found = equal what show ~expected found

let kinds () =
  let capacity t = option (Channel.capacity t) in
  is "unbounded" Fun.id "None" (capacity (Channel.unbounded ()));
  is "bounded" Fun.id "Some 3" (capacity (Channel.bounded 3));
  is "rendezvous" Fun.id "Some 0" (capacity (Channel.rendezvous ()));
  raises "negative"
    (Invalid_argument
       "Channel.bounded: the capacity is -1, expected 0 (a rendezvous) or more")
    (fun () -> Channel.bounded (-1))

let trying () =
  let t = Channel.bounded 2 in
  is "empty" received (Error `Empty) (Channel.try_recv t);
  is "first" sent (Ok ()) (Channel.try_send t 1);
  is "second" sent (Ok ()) (Channel.try_send t 2);
  is "full" sent (Error (`Full 3)) (Channel.try_send t 3);
  is "length" int 2 (Channel.length t);
  is "oldest" received (Ok 1) (Channel.try_recv t);
  let meeting = Channel.rendezvous () in
  is "nobody receives" sent (Error (`Full 1)) (Channel.try_send meeting 1);
  is "nobody sends" received (Error `Empty) (Channel.try_recv meeting)

let closing () =
  let t = Channel.unbounded () in
  Channel.send_exn t 1;
  is "open" string_of_bool false (Channel.is_closed t);
  Channel.close t;
  Channel.close t;
  is "closed" string_of_bool true (Channel.is_closed t);
  is "send" sent (Error (`Closed 2))
    (Result.map_error (fun x -> `Closed x) (Channel.send t 2));
  is "try_send" sent (Error (`Closed 3)) (Channel.try_send t 3);
  is "send_timeout" sent (Error (`Closed 4))
    (Channel.send_timeout t ~seconds:1. 4);
  raises "send_exn" Channel.Closed (fun () -> Channel.send_exn t 5);
  is "drained" option (Some 1) (Channel.recv t);
  is "recv" option None (Channel.recv t);
  is "try_recv" received (Error `Closed) (Channel.try_recv t);
  is "recv_timeout" received (Error `Closed)
    (Channel.recv_timeout t ~seconds:infinity);
  raises "recv_exn" Channel.Closed (fun () -> Channel.recv_exn t)

let deadlines () =
  let t = Channel.bounded 1 in
  let late = Channel.recv_timeout t ~seconds:0.002 in
  is "recv" received (Error `Timeout) late;
  is "room is there" sent (Ok ()) (Channel.send_timeout t ~seconds:(-1.) 1);
  is "send" sent (Error (`Timeout 2)) (Channel.send_timeout t ~seconds:0.002 2);
  is "it is there" received (Ok 1) (Channel.recv_timeout t ~seconds:0.);
  raises "nan" (Invalid_argument "Channel.recv_timeout: expected a number of seconds")
    (fun () -> Channel.recv_timeout t ~seconds:nan)

(* Of who waits when it closes, everybody is told. *)
let closing_wakes { Parallel.start } () =
  let full = Channel.bounded 1 and empty = Channel.rendezvous () in
  Channel.send_exn full 0;
  let senders = List.init 2 (fun n -> start (fun () -> Channel.send full n)) in
  let receivers = List.init 2 (fun _ -> start (fun () -> Channel.recv empty)) in
  Inside.until 4;
  Channel.close full;
  Channel.close empty;
  List.iteri
    (fun n join -> is "sender" sent (Error (`Closed n))
        (Result.map_error (fun x -> `Closed x) (join ())))
    senders;
  List.iter (fun join -> is "receiver" option None (join ())) receivers

let sequences () =
  let t = Channel.unbounded () in
  List.iter (Channel.send_exn t) [ 1; 2; 3; 4 ];
  Channel.close t;
  let seq = Channel.to_seq t in
  is "length" int 4 (Channel.length t);
  let first = match seq () with Seq.Cons (x, _) -> x | Seq.Nil -> 0 in
  is "a step is a receive" int 1 first;
  let rest = ref [] in
  Channel.iter (fun x -> rest := x :: !rest) t;
  is "iter" ints [ 4; 3; 2 ] !rest;
  is "end" ints [] (List.of_seq seq)

let values () =
  let t = Channel.unbounded () in
  List.iter (Channel.send_exn t) [ 1.5; 2.5 ];
  is "floats" string_of_float 4. (Channel.recv_exn t +. Channel.recv_exn t);
  let functions = Channel.bounded 1 in
  Channel.send_exn functions (fun x -> x + 1);
  is "functions" int 8 (Channel.recv_exn functions 7)

let weak () =
  let kept = Channel.unbounded () in
  let weak = Channel.Weak.create kept in
  let gone = Channel.Weak.create (Sys.opaque_identity (Channel.unbounded ())) in
  Gc.full_major ();
  let same = function Some t -> t == kept | None -> false in
  is "kept" string_of_bool true (same (Channel.Weak.get weak));
  is "gone" string_of_bool true (Option.is_none (Channel.Weak.get gone));
  Channel.send_exn kept 1

(* Many to many: nothing lost, nothing twice, each producer's in order. *)
let many ~capacity ~count { Parallel.start } () =
  let t =
    match capacity with
    | None -> Channel.unbounded ()
    | Some capacity -> Channel.bounded capacity
  in
  let produce me () =
    for n = 1 to count do Channel.send_exn t (me, n) done
  in
  let consume () =
    let last = Array.make 4 0 and sum = ref 0 and got = ref 0 in
    Channel.iter
      (fun (who, n) ->
        if n <= last.(who) then fail "order" (Printf.sprintf "%d after %d" n last.(who));
        last.(who) <- n;
        incr got;
        sum := !sum + n)
      t;
    (!got, !sum)
  in
  let consumers = List.init 4 (fun _ -> start consume) in
  let producers = List.init 4 (fun me -> start (produce me)) in
  List.iter (fun join -> join ()) producers;
  Channel.close t;
  let results = List.map (fun join -> join ()) consumers in
  let total pick = List.fold_left (fun sum x -> sum + pick x) 0 results in
  is "messages" int (4 * count) (total fst);
  is "sum" int (4 * count * (count + 1) / 2) (total snd);
  is "left" int 0 (Channel.length t)

(* Others run while a thread waits: else this would hang. *)
let releases () =
  let question = Channel.rendezvous () and answer = Channel.rendezvous () in
  let server () = Channel.iter (fun n -> Channel.send_exn answer (n + 1)) question in
  let thread = Thread.create server () in
  for n = 1 to 1_000 do
    Channel.send_exn question n;
    if Channel.recv_exn answer <> n + 1 then fail "answer" (int n)
  done;
  Channel.close question;
  Thread.join thread

let () =
  test "kinds" kinds;
  test "trying" trying;
  test "closing" closing;
  test "deadlines" deadlines;
  test "sequences" sequences;
  test "values" values;
  test "weak" weak;
  test "releases" releases;
  let each (name, start) =
    test ("closing wakes, " ^ name) (closing_wakes start);
    List.iter
      (fun (capacity, count) ->
        let what = Printf.sprintf "many, capacity %s, %s" (option capacity) name in
        test what (many ~capacity ~count start))
      [ (None, 10_000); (Some 0, 2_000); (Some 1, 2_000); (Some 64, 10_000) ]
  in
  List.iter each Parallel.kinds
