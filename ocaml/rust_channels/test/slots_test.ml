module Slots = Chanpatterns__Slots

let count = 20_000

(* Each role puts and takes, some of what it puts lies for a while: nothing is
   given out twice, and nothing is another's. *)
let role slots me () =
  let held = Queue.create () in
  let back (token, n) =
    match Slots.take slots token with
    | Some (who, m) when who = me && m = n -> ()
    | Some (who, m) ->
        failwith (Printf.sprintf "%d took %d of %d, expected %d" me m who n)
    | None -> failwith (Printf.sprintf "%d took nothing, expected %d" me n)
  in
  for n = 1 to count do
    Queue.add (Slots.put slots (me, n), n) held;
    if n mod (3 + me) <> 0 then back (Queue.pop held)
  done;
  Queue.iter back held

(* Each holds one at a time: the same few slots go round, as fast as can be. *)
let quick slots me () =
  for n = 1 to 60 * count do
    let token = Slots.put slots (me, n) in
    match Slots.take slots token with
    | Some (who, m) when who = me && m = n -> ()
    | _ -> failwith (Printf.sprintf "%d did not take its own" me)
  done

let many role { Parallel.start } () =
  let slots = Slots.create () in
  let roles = List.init 4 (fun me -> start (role slots me)) in
  List.iter (fun join -> join ()) roles;
  Checking.equal "used" Checking.int ~expected:0 (Slots.used slots)

let sizes () =
  let slots = Slots.create () in
  let all = List.init 1_000 (fun n -> Slots.put slots n) in
  let distinct = List.length (List.sort_uniq compare all) in
  Checking.equal "tokens" Checking.int ~expected:1_000 distinct;
  Checking.equal "used" Checking.int ~expected:1_000 (Slots.used slots);
  let taken = List.map (Slots.take slots) all in
  Checking.equal "values" Checking.ints ~expected:(List.init 1_000 Fun.id)
    (List.map Option.get taken);
  Checking.equal "used then" Checking.int ~expected:0 (Slots.used slots)

let () =
  Checking.test "sizes" sizes;
  let test (name, start) =
    Checking.test name (many role start);
    Checking.test (name ^ ", quick") (many quick start)
  in
  List.iter test Parallel.kinds
