type sleeper = { wake_at : int; alarm : Condition.t }

type t = {
  lock : Mutex.t;
  mutable now : int;
  mutable roles : int;
  mutable sleepers : sleeper list;
}

let locked clock f =
  Mutex.lock clock.lock;
  Fun.protect f ~finally:(fun () -> Mutex.unlock clock.lock)

(* With the lock held, whenever a role has fallen asleep or ended. *)
let move clock =
  match clock.sleepers with
  | first :: others when List.length clock.sleepers >= clock.roles ->
      let earlier t s = min t s.wake_at in
      clock.now <- List.fold_left earlier first.wake_at others;
      let due s = s.wake_at <= clock.now in
      let wake, sleep_on = List.partition due clock.sleepers in
      clock.sleepers <- sleep_on;
      List.iter (fun s -> Condition.signal s.alarm) wake
  | _ -> ()

let sleep clock ms =
  if ms > 0 then
    locked clock (fun () ->
        let alarm = Condition.create () in
        let wake_at = clock.now + ms in
        clock.sleepers <- { wake_at; alarm } :: clock.sleepers;
        move clock;
        while clock.now < wake_at do
          Condition.wait alarm clock.lock
        done)

let leave clock () =
  locked clock (fun () ->
      clock.roles <- clock.roles - 1;
      move clock)

let role clock f =
  locked clock (fun () -> clock.roles <- clock.roles + 1);
  fun () -> Fun.protect f ~finally:(leave clock)

let create () =
  let lock = Mutex.create () in
  let clock = { lock; now = 0; roles = 0; sleepers = [] } in
  {
    Channels.Clock.now = (fun () -> locked clock (fun () -> clock.now));
    sleep = sleep clock;
    role = role clock;
  }
