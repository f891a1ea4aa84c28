// Node 20 lacks Promise.withResolvers, which libraries below the beacon node call; from Node 22 on this does nothing.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return {promise, resolve, reject};
};
