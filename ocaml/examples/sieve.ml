(* Sieve: a daisy chain of filters, one for each prime.

   Channels  one between any two neighbours of the chain: the counter first,
             then a filter for each prime so far, and the head at the end.
   Closing   the counter sends [None] after its last number. Each filter
             passes it on and ends; at the head it ends the program.
   Agree     exact: what is printed.
   Sides     rust/examples/sieve.rs
             ocaml/examples/sieve.ml
   Source    C. A. R. Hoare, "Communicating Sequential Processes" (1978), 6.1;
             J. H. Reppy, "Concurrent Programming in ML" (1999), the sieve,
             one of its first examples, where the numbers have no end. *)

let send channel x = Event.sync (Event.send channel x)
let receive channel = Event.sync (Event.receive channel)

(** [count limit output] sends 2, 3, and so on up to [limit]. *)
let count limit output =
  for n = 2 to limit do send output (Some n) done;
  send output None

(** [filter prime input output] passes on what [prime] does not divide. *)
let rec filter prime input output =
  match receive input with
  | Some n ->
      if n mod prime <> 0 then send output (Some n);
      filter prime input output
  | None -> send output None

(** [sieve limit] is the primes up to [limit]. What comes out of the chain is
    divided by none of its primes: it is the next one, and gets a filter. *)
let sieve limit =
  let rec extend input threads primes =
    match receive input with
    | Some prime ->
        let output = Event.new_channel () in
        let thread = Thread.create (filter prime input) output in
        extend output (thread :: threads) (prime :: primes)
    | None ->
        List.iter Thread.join threads;
        List.rev primes
  in
  let numbers = Event.new_channel () in
  let counter = Thread.create (count limit) numbers in
  extend numbers [ counter ] []

let () =
  let primes = sieve 100 in
  print_endline (String.concat " " (List.map string_of_int primes));
  Printf.printf "%d primes up to 100\n" (List.length primes)
