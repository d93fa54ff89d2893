(** The systems that take part. *)

module Thread_of_its_own = struct
  type t = Thread.t

  let spawn f = Thread.create f ()
  let join = Thread.join
  let delay = 3e-4
  let most = 500
end

(* While it waits for another domain the runtime sleeps up to a millisecond. *)
module Domain_of_its_own = struct
  type t = unit Channels.Domains.t

  let spawn = Channels.Domains.spawn
  let join = Channels.Domains.join
  let delay = 2e-3
  let most = 100
end

module On_event = Thread_driver.Make (Thread_of_its_own) (Event_system)
module On_domains = Thread_driver.Make (Domain_of_its_own) (Domainslib_system)
module On_stream = Promise_driver.Make (Lwt_stream_system)
module On_bounded = Promise_driver.Make (Lwt_stream_bounded_system)
module On_mvar = Promise_driver.Make (Lwt_mvar_system)

let all =
  [ On_event.it; On_stream.it; On_bounded.it; On_mvar.it; On_domains.it ]

(** By its full name. *)
let find name =
  let is_it (r : Runnable.t) = About.full_name r.about = name in
  List.find_opt is_it all
