(** Does what the text of a process says, on a system, under a driver. *)

open Meaning
open Program

module Make (D : Driver.S) (S : System.S with type 'a io = 'a D.io) = struct
  let ( let* ) = D.bind

  type t = {
    run : D.run;
    self : int;
    channels : (string * S.channel) list;
    values : (string, int) Hashtbl.t;
    futures : (string, D.future * transfer) Hashtbl.t;
  }

  let make run channels self =
    { run; self; channels; values = Hashtbl.create 4;
      futures = Hashtbl.create 4 }

  let process p = (D.journal p.run).(p.self)

  let tell p text =
    let process = process p in
    process.log <- text :: process.log

  let channel p name = List.assoc name p.channels

  (* What is sent under a name to which nothing was bound fails its process. *)
  let value p = function
    | Number n -> n
    | Name x -> (
        match Hashtbl.find_opt p.values x with
        | Some v -> v
        | None -> raise (Answer.Fails "no value"))

  (* What the answer to a transfer does: a receive that binds and gets no value
     fails its process. *)
  let learn p transfer (answer : Answer.t) =
    match (transfer, answer) with
    | Recv { bind = Some x; _ }, Value v -> Hashtbl.replace p.values x v
    | Recv { bind = Some _; _ }, _ -> raise (Answer.Fails "no value")
    | (Recv { bind = None; _ } | Send _), _ -> ()

  let deliver p transfer answer =
    tell p (Answer.text answer);
    learn p transfer answer

  let perform p transfer () =
    match transfer with
    | Send { channel = c; value = v } -> S.send (channel p c) (value p v)
    | Recv { channel = c; _ } -> S.recv (channel p c)

  let attempt p = function
    | Send { channel = c; value = v } -> S.try_send (channel p c) (value p v)
    | Recv { channel = c; _ } -> S.try_recv (channel p c)

  let arm p : transfer -> S.channel System.arm = function
    | Send { channel = c; value = v } -> Give (channel p c, value p v)
    | Recv { channel = c; _ } -> Take (channel p c)

  let take_arm p arms (number, answer) =
    tell p (Printf.sprintf "%d:%s" number (Answer.text answer));
    learn p (List.nth arms (number - 1)) answer

  (* The part of an operation that stands behind its gate. *)
  let simple p op =
    let said text = tell p text; D.return () in
    match op with
    | Wait { transfer; within } ->
        let operation = perform p transfer in
        let* answer =
          match within with
          | None -> operation ()
          | Some d -> D.within p.run p.self d operation
        in
        D.return (deliver p transfer answer)
    | Try transfer -> D.return (deliver p transfer (attempt p transfer))
    | Select { biased = true; _ } -> Answer.lacks "a biased select"
    | Select { after = Some _; _ } -> Answer.lacks "a select with a deadline"
    | Select { arms; default = true; _ } -> (
        match S.select_or_default (List.map (arm p) arms) with
        | Some taken -> D.return (take_arm p arms taken)
        | None -> said "default")
    | Select { arms; _ } ->
        let* taken = S.select (List.map (arm p) arms) in
        D.return (take_arm p arms taken)
    | Close c -> said (Answer.text (S.close (channel p c)))
    | Start { future; transfer } ->
        let begun = D.start (perform p transfer) in
        Hashtbl.replace p.futures future (begun, transfer);
        D.return ()
    | Await f ->
        let future, transfer = Hashtbl.find p.futures f in
        let* answer = D.await future in
        D.return (deliver p transfer answer)
    | Cancel f ->
        let future, _ = Hashtbl.find p.futures f in
        said (Answer.text (D.cancel future))
    | Sleep d -> D.sleep p.run p.self d
    | Spawn other ->
        D.return (D.spawn p.run (Journal.index (D.journal p.run) other))
    | Join other -> D.join p.run (Journal.index (D.journal p.run) other)
    | Drop _ | Clone _ -> Answer.lacks "handles"
    | Reserve _ | Fulfil _ | Release _ -> Answer.lacks "permits"
    | Each _ | Repeat _ -> assert false (* They are no single steps. *)

  (* An operation, from its gate on. *)
  let step p number f =
    let* () = D.gate p.run p.self ~number in
    let* result = f () in
    D.leave p.run p.self;
    D.return result

  let rec all p = function
    | [] -> D.return ()
    | (number, op) :: rest ->
        let* () = operation p number op in
        all p rest

  and operation p number = function
    | Repeat { times; body } ->
        let rec again left =
          if left = 0 then D.return ()
          else
            let* () = all p (numbered (number + 1) body) in
            again (left - 1)
        in
        again times
    | Each { channel = c; bind; body } -> each p number c bind body
    | op -> step p number (fun () -> simple p op)

  and each p number c bind body =
    let receive () =
      let* (answer : Answer.t) = S.recv (channel p c) in
      match answer with
      | Value _ ->
          deliver p (Recv { channel = c; bind }) answer;
          D.return true
      | _ -> D.return false
    in
    let* more = step p number receive in
    if more then
      let* () = all p (numbered (number + 1) body) in
      each p number c bind body
    else D.return ()

  (** All of a process: how it ends. *)
  let run p =
    let ended = function
      | Answer.Fails why -> "failed: " ^ why
      | e -> "failed: exception: " ^ Printexc.to_string e
    in
    let work () =
      let* () = all p (numbered 1 (process p).operations) in
      D.return "done"
    in
    D.attempt work (fun e -> D.return (ended e))
end
