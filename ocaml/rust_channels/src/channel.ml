type 'a t = 'a Core.t

exception Closed

let no_bound = -1
let unbounded () = Core.create no_bound

let bounded capacity =
  if capacity < 0 then
    invalid_arg
      (Printf.sprintf
         "Channel.bounded: the capacity is %d, expected 0 (a rendezvous) or \
          more"
         capacity);
  Core.create capacity

let rendezvous () = bounded 0

let seconds_of name seconds =
  if Float.is_nan seconds then
    invalid_arg
      (Printf.sprintf "Channel.%s: expected a number of seconds" name);
  seconds

(* Sending *)

let send t x =
  if Core.send t x ~seconds:infinity = Stubs.done_ then Ok () else Error x

let send_exn t x =
  if Core.send t x ~seconds:infinity <> Stubs.done_ then raise Closed

let try_send t x =
  let status = Core.try_send t x in
  if status = Stubs.done_ then Ok ()
  else if status = Stubs.not_now then Error (`Full x)
  else Error (`Closed x)

let send_timeout t ~seconds x =
  let status = Core.send t x ~seconds:(seconds_of "send_timeout" seconds) in
  if status = Stubs.done_ then Ok ()
  else if status = Stubs.not_now then Error (`Timeout x)
  else Error (`Closed x)

(* Receiving *)

(** [received t status] is the message, or [None] where [status] is none. *)
let received t status =
  if status >= 0 then Core.take t status else None

let recv t = received t (Core.recv t ~seconds:infinity)

let recv_exn t =
  match recv t with Some x -> x | None -> raise Closed

(** [or_why t status] is the message, or what [status] says. *)
let or_why t status ~not_now =
  match received t status with
  | Some x -> Ok x
  | None -> Error (if status = Stubs.not_now then not_now else `Closed)

let try_recv t = or_why t (Core.try_recv t) ~not_now:`Empty

let recv_timeout t ~seconds =
  let seconds = seconds_of "recv_timeout" seconds in
  or_why t (Core.recv t ~seconds) ~not_now:`Timeout

let rec iter f t =
  match recv t with
  | Some x -> f x; iter f t
  | None -> ()

let rec to_seq t () =
  match recv t with
  | Some x -> Seq.Cons (x, to_seq t)
  | None -> Seq.Nil

(* Closing, looking *)

let close = Core.close
let is_closed = Core.is_closed
let length = Core.length
let capacity t =
  let capacity = Core.capacity t in
  if capacity = no_bound then None else Some capacity

(* Events *)

let send_event = Events.offer
let recv_event = Events.take

module Weak = struct
  type nonrec 'a t = 'a t Weak.t

  let create channel =
    let t = Weak.create 1 in
    Weak.set t 0 (Some channel);
    t

  let get t = Weak.get t 0
end
