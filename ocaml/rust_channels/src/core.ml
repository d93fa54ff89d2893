type 'a t = { raw : Stubs.raw; slots : 'a Slots.t; capacity : int }

let create capacity =
  { raw = Stubs.create capacity; slots = Slots.create (); capacity }

let capacity t = t.capacity

let put t x = Slots.put t.slots x
let take t token = Slots.take t.slots token
let raw t = t.raw

(* A status that is no failure; the exception is raised otherwise. *)
let checked status = if status < Stubs.closed then Stubs.fail status else status

(* What was not sent leaves the table again. After a panic nobody knows; then
   the table keeps it as long as the channel lives. *)
let sent t token status =
  if status <> Stubs.done_ then begin
    if
      status = Stubs.not_now || status = Stubs.closed
      || status = Stubs.raised_ || status = Stubs.forked
    then ignore (take t token);
    ignore (checked status)
  end;
  status

let try_send t x =
  let token = put t x in
  sent t token (Stubs.try_send t.raw token)

let send t x ~seconds =
  let token = put t x in
  let status = Stubs.try_send t.raw token in
  if status = Stubs.not_now then
    sent t token (Stubs.send t.raw token seconds)
  else sent t token status

let try_recv t = checked (Stubs.try_recv t.raw)

let recv t ~seconds =
  let status = Stubs.try_recv t.raw in
  if status = Stubs.not_now then checked (Stubs.recv t.raw seconds)
  else checked status

let close t = ignore (checked (Stubs.close t.raw))
let is_closed t = checked (Stubs.is_closed t.raw) = 1
let length t = checked (Stubs.length t.raw)
