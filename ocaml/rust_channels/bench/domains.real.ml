(** Domains, and the channel of Domainslib. *)

type 'a channel = 'a Domainslib.Chan.t

let make = function
  | None -> Domainslib.Chan.make_unbounded ()
  | Some capacity -> Domainslib.Chan.make_bounded capacity

let send = Domainslib.Chan.send
let recv = Domainslib.Chan.recv
let available = true

let start role =
  let domain = Domain.spawn role in
  fun () -> Domain.join domain
