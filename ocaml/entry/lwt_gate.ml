type t = {
  size : int;
  opened : unit Lwt.t;
  open_ : unit Lwt.u;
  mutable arrived : int;
  mutable running : int;
  mutable concurrency : int;
}

let deadline_ms = 5_000

let open_ gate =
  if Lwt.is_sleeping gate.opened then Lwt.wakeup_later gate.open_ ()

let create size =
  let opened, u = Lwt.wait () in
  let gate =
    { size; opened; open_ = u; arrived = 0; running = 0; concurrency = 0 }
  in
  (* The clock moves only when nothing else can run. *)
  let late = Lwt_driver.clock.sleep deadline_ms in
  Lwt.on_success late (fun () -> open_ gate);
  gate

let job gate f =
  gate.running <- gate.running + 1;
  gate.concurrency <- max gate.concurrency gate.running;
  gate.arrived <- gate.arrived + 1;
  if gate.arrived >= gate.size then open_ gate;
  let leave () =
    gate.running <- gate.running - 1;
    Lwt.return_unit
  in
  Lwt.finalize (fun () -> Lwt.bind gate.opened f) leave

let concurrency gate = gate.concurrency
