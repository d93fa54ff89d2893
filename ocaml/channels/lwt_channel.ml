(* Who waits is a promise in a queue. A promise that was cancelled meanwhile
   no longer sleeps, and is passed over. *)
type 'a t = {
  capacity : int;
  items : 'a Queue.t;
  senders : ('a * (unit, 'a) result Lwt.t * (unit, 'a) result Lwt.u) Queue.t;
  receivers : ('a option Lwt.t * 'a option Lwt.u) Queue.t;
  mutable closed : bool;
}

let create ?(capacity = max_int) () =
  if capacity < 0 then
    invalid_arg
      (Printf.sprintf
         "Lwt_channel.create: capacity is %d, expected 0 (a rendezvous) or \
          more" capacity);
  { capacity;
    items = Queue.create ();
    senders = Queue.create ();
    receivers = Queue.create ();
    closed = false }

let rec next_receiver t =
  match Queue.take_opt t.receivers with
  | Some (promise, _) when not (Lwt.is_sleeping promise) -> next_receiver t
  | Some (_, resolver) -> Some resolver
  | None -> None

let rec next_sender t =
  match Queue.take_opt t.senders with
  | Some (_, promise, _) when not (Lwt.is_sleeping promise) -> next_sender t
  | Some (x, _, resolver) -> Some (x, resolver)
  | None -> None

let try_send t x =
  if t.closed then Error (`Closed x)
  else
    match next_receiver t with
    | Some resolver -> Ok (Lwt.wakeup_later resolver (Some x))
    | None when Queue.length t.items < t.capacity -> Ok (Queue.add x t.items)
    | None -> Error (`Full x)

let send t x =
  match try_send t x with
  | Ok () -> Lwt.return (Ok ())
  | Error (`Closed x) -> Lwt.return (Error x)
  | Error (`Full x) ->
      let promise, resolver = Lwt.task () in
      Queue.add (x, promise, resolver) t.senders;
      promise

(* Waking a sender may run it at once, up to its next send: its value must be
   in its place before. *)
let try_receive t =
  match (Queue.take_opt t.items, next_sender t) with
  | Some x, None -> Ok x
  | Some x, Some (y, resolver) ->
      Queue.add y t.items;
      Lwt.wakeup_later resolver (Ok ());
      Ok x
  | None, Some (x, resolver) -> Lwt.wakeup_later resolver (Ok ()); Ok x
  | None, None -> Error (if t.closed then `Closed else `Empty)

let receive t =
  match try_receive t with
  | Ok x -> Lwt.return_some x
  | Error `Closed -> Lwt.return_none
  | Error `Empty ->
      let promise, resolver = Lwt.task () in
      Queue.add (promise, resolver) t.receivers;
      promise

let rec iter f t =
  let open Lwt.Infix in
  receive t >>= function
  | Some x -> f x >>= fun () -> iter f t
  | None -> Lwt.return_unit

let rec refuse_all t =
  match next_sender t with
  | Some (x, resolver) -> Lwt.wakeup_later resolver (Error x); refuse_all t
  | None -> ()

let rec end_all t =
  match next_receiver t with
  | Some resolver -> Lwt.wakeup_later resolver None; end_all t
  | None -> ()

let close t =
  t.closed <- true;
  refuse_all t;
  end_all t

let leave t =
  Queue.clear t.items;
  close t

let is_closed t = t.closed

let taker stream =
  let mutex = Lwt_mutex.create () in
  fun () -> Lwt_mutex.with_lock mutex (fun () -> Lwt_stream.get stream)
