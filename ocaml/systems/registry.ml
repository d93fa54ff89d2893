(** The systems that take part. *)

module Thread_of_its_own = struct
  type t = Thread.t

  let spawn f = Thread.create f ()
  let join = Thread.join
  let delay = 3e-4
  let most = 500
end

module On_event = Thread_driver.Make (Thread_of_its_own) (Event_system)
module On_lwt_stream = Promise_driver.Make (Lwt_stream_system)

let all = [ On_event.it; On_lwt_stream.it ]
let find name = List.find_opt (fun (r : Runnable.t) -> About.full_name r.about = name) all
