(* The script of the kinds that hold a sender back: fill, then drain. *)

type script = {
  items : int list;
  mutable rest : int list;  (* What [fill] could not send. *)
  received : int Log.t;
  peak : Peak.t;
}

let script items =
  { items; rest = items; received = Log.create (); peak = Peak.create () }

(* Sends until one is refused. *)
let rec fill script try_send =
  match script.rest with
  | x :: rest when try_send x ->
      Peak.sent script.peak;
      script.rest <- rest;
      fill script try_send
  | rest -> rest

let observation script : Yojson.Safe.t =
  let accepted = List.length script.items - List.length script.rest in
  let refused = match script.rest with [] -> `Null | x :: _ -> `Int x in
  let items = List.map (fun x -> `Int x) (Log.items script.received) in
  `Assoc
    [
      ("accepted", `Int accepted);
      ("refused", refused);
      ("items", `List items);
      ("measured", `Assoc [ ("peak", `Int (Peak.peak script.peak)) ]);
    ]

let blocking items pattern =
  let script = script items in
  let sender send rest =
    let send_one x = send x; Peak.sent script.peak in
    List.iter send_one rest
  in
  let rec receiver receive =
    Peak.receiving script.peak;
    match receive () with
    | Some x -> Log.add script.received x; receiver receive
    | None -> ()
  in
  pattern ~fill:(fill script) ~sender ~receiver;
  observation script

let cooperative items pattern =
  let open Lwt.Syntax in
  let script = script items in
  let sender send rest =
    let send_one x =
      let* () = send x in
      Peak.sent script.peak;
      Lwt.pause ()
    in
    Lwt_list.iter_s send_one rest
  in
  let rec receiver receive =
    Peak.receiving script.peak;
    let* item = receive () in
    match item with
    | Some x -> Log.add script.received x; receiver receive
    | None -> Lwt.return_unit
  in
  Lwt_driver.run (fun () -> pattern ~fill:(fill script) ~sender ~receiver);
  observation script
