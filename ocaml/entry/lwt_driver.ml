exception Deadlock of string

(* Sorted by time; of the same time, who fell asleep first is first. *)
type sleeper = { wake_at : int; alarm : unit Lwt.u }

let now = ref 0
let sleepers = ref []
let running = ref false

let sleep ms =
  if ms <= 0 then Lwt.return_unit
  else begin
    let wake_at = !now + ms in
    let woken, alarm = Lwt.wait () in
    let earlier, later =
      List.partition (fun s -> s.wake_at <= wake_at) !sleepers
    in
    sleepers := earlier @ ({ wake_at; alarm } :: later);
    woken
  end

let clock =
  { Channels.Clock.now = (fun () -> !now); sleep; role = Fun.id }

let rec drive promise =
  match Lwt.poll promise with
  | Some value -> value
  | None ->
      if Lwt.paused_count () > 0 then Lwt.wakeup_paused ()
      else begin
        match !sleepers with
        | [] -> raise (Deadlock "every promise waits for another one")
        | next :: later ->
            sleepers := later;
            now := next.wake_at;
            Lwt.wakeup_later next.alarm ()
      end;
      drive promise

let run main =
  if !running then invalid_arg "Lwt_driver.run: a run within a run";
  now := 0;
  running := true;
  let finally () =
    running := false;
    sleepers := [];
    Lwt.abandon_paused ()
  in
  Fun.protect ~finally (fun () -> drive (main ()))
