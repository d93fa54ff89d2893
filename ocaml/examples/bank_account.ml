(* Bank account: a thread that owns the balance and serves requests.

   Channels  requests, to the account; balances, from it: the current one is
             always on offer. A withdrawal brings the channel for its answers.
   Closing   the owner closes, once nobody is left to ask. Who still waits is
             refused, and the account's thread ends.
   Agree     exact: what is printed.
   Sides     rust/examples/bank_account.rs
             ocaml/examples/bank_account.ml
   Source    J. H. Reppy, "Concurrent Programming in ML" (1999): the storage
             cell as a thread, its first example, which here may say no. *)

type answer = Granted | Refused | Waits

type withdrawal = {
  amount : int;
  patient : bool;  (** Waits where the balance is too low. *)
  answers : answer Event.channel;
}

type request = Deposit of int | Withdraw of withdrawal | Close

type account = {
  requests : request Event.channel;
  balances : int Event.channel;
}

let send channel x = Event.sync (Event.send channel x)
let receive channel = Event.sync (Event.receive channel)

(* The account *)

(** [settle balance waiting] grants what the balance covers, first come, first
    served, and is the balance and the withdrawals that are left. *)
let rec settle balance = function
  | first :: others when first.amount <= balance ->
      send first.answers Granted;
      settle (balance - first.amount) others
  | waiting -> (balance, waiting)

(** The next request, or [None] if somebody looked at the balance. *)
let next_request account balance =
  Event.select
    [ Event.wrap (Event.receive account.requests) Option.some;
      Event.wrap (Event.send account.balances balance) (fun () -> None) ]

(** [serve balance waiting account]: nobody overtakes those who wait. *)
let rec serve balance waiting account =
  match next_request account balance with
  | None -> serve balance waiting account
  | Some (Deposit amount) ->
      let balance, waiting = settle (balance + amount) waiting in
      serve balance waiting account
  | Some (Withdraw w) when waiting = [] && w.amount <= balance ->
      send w.answers Granted;
      serve (balance - w.amount) waiting account
  | Some (Withdraw w) when w.patient ->
      send w.answers Waits;
      serve balance (waiting @ [ w ]) account
  | Some (Withdraw w) ->
      send w.answers Refused;
      serve balance waiting account
  | Some Close -> List.iter (fun w -> send w.answers Refused) waiting

(* Its customers *)

(** [withdraw account ~patient amount heard] asks for [amount], and passes each
    answer on to [heard]. *)
let withdraw account ~patient amount heard =
  let answers = Event.new_channel () in
  send account.requests (Withdraw { amount; patient; answers });
  let rec listen () =
    let answer = receive answers in
    send heard (amount, answer);
    if answer = Waits then listen ()
  in
  listen ()

let save account times =
  for _ = 1 to times do send account.requests (Deposit 10) done

let show = function
  | Granted -> "granted"
  | Refused -> "refused"
  | Waits -> "waits"

let report heard =
  let amount, answer = receive heard in
  Printf.printf "withdraw %d: %s\n" amount (show answer)

let () =
  let requests = Event.new_channel () and balances = Event.new_channel () in
  let account = { requests; balances } and heard = Event.new_channel () in
  let server = Thread.create (serve 100 []) account in
  let start ~patient amount =
    let customer = Thread.create (withdraw account ~patient amount) heard in
    report heard;
    customer
  in
  let small = start ~patient:false 30 in
  let large = start ~patient:false 200 in
  Printf.printf "balance %d\n" (receive balances);
  let buyer = start ~patient:true 300 in
  let hasty = start ~patient:false 50 in
  let savers = List.map (Thread.create (save account)) [ 10; 10; 10 ] in
  report heard;
  List.iter Thread.join (small :: large :: buyer :: hasty :: savers);
  Printf.printf "balance %d\n" (receive balances);
  let dreamer = start ~patient:true 1000 in
  send requests Close;
  report heard;
  List.iter Thread.join [ dreamer; server ]
