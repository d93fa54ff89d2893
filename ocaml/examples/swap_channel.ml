(* Swap channel: two parties meet, and each gets what the other gives.

   Channels  one, on which every party offers both to send and to receive;
             and one for each swap, for the answer of the party that received.
   Closing   nobody: a party swaps as often as it likes, and ends.
   Agree     exact: what is printed.
   Sides     rust/examples/swap_channel.rs
             ocaml/examples/swap_channel.ml
   Source    J. H. Reppy, "Concurrent Programming in ML" (1999), swap channels,
             an abstraction that is an event again. *)

type 'a offer = { value : 'a; answer : 'a Event.channel }

(** [swap channel mine] gives [mine] to a party that swaps on the same channel,
    and is what that one gives. A choice never meets itself, so there must be
    two. The answer has a channel of its own, or a third party might take it;
    the guard makes a new one for each synchronisation. *)
let swap channel mine =
  Event.guard (fun () ->
      let answer = Event.new_channel () in
      let sent () = Event.sync (Event.receive answer) in
      let received offer =
        Event.sync (Event.send offer.answer mine);
        offer.value
      in
      Event.choose
        [ Event.wrap (Event.send channel { value = mine; answer }) sent;
          Event.wrap (Event.receive channel) received ])

(* Its users *)

(** [start role x] is a function that waits for the end of [role x], which
    runs on a thread of its own, and is its result. *)
let start role x =
  let result = ref None in
  let thread = Thread.create (fun () -> result := Some (role x)) () in
  fun () -> Thread.join thread; Option.get !result

let swap_one channel x = Event.sync (swap channel x)

let rec swap_all channel = function
  | [] -> []
  | x :: rest ->
      let received = swap_one channel x in
      received :: swap_all channel rest

let show items = String.concat " " (List.map string_of_int items)

(* Two parties swap in turn: each gets the other's items, in order. *)
let pair () =
  let channel = Event.new_channel () in
  let ann = start (swap_all channel) [ 1; 2; 3 ] in
  let bob = start (swap_all channel) [ 10; 20; 30 ] in
  Printf.printf "ann received %s\n" (show (ann ()));
  Printf.printf "bob received %s\n" (show (bob ()))

(* Who meets whom is open, but every swap has two sides. *)
let crowd () =
  let channel = Event.new_channel () in
  let join (mine, party) = (mine, party ()) in
  let parties = List.init 6 (fun i -> (i, start (swap_one channel) i)) in
  let swaps = List.map join parties in
  let mutual (mine, theirs) =
    mine <> theirs && List.mem (theirs, mine) swaps
  in
  Printf.printf "%d parties, every swap mutual: %b\n" (List.length swaps)
    (List.for_all mutual swaps)

(* A swap can be one of several choices, and only the chosen one happens. *)
let choice () =
  let left = Event.new_channel () and right = Event.new_channel () in
  let ann = start (swap_one left) 1 and bob = start (swap_one right) 2 in
  let either mine = Event.select [ swap left mine; swap right mine ] in
  let first = either 5 in
  let second = either 5 in
  Printf.printf "left and right, chosen twice: %s\n"
    (show (List.sort compare [ first; second ]));
  Printf.printf "left and right received %s\n" (show [ ann (); bob () ])

let () =
  pair ();
  crowd ();
  choice ()
