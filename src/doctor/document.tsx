import '../../style/detail.css';
import * as React from 'react';
import type { IDocumentOptions } from '../detail/documents';
import { ModelDocument } from '../detail/documents';
import type { DoctorModel } from '../model/doctor';
import { DoctorView } from './doctorView';

/** The document of the doctor. */
export class DoctorDocument extends ModelDocument<DoctorModel> {
  constructor(options: IDocumentOptions<DoctorModel>) {
    const { model, userInterface } = options;
    super(options, <DoctorView model={model} />);
    this.id = 'jp-envstore-doctor';
    this.title.label = userInterface.trans.__('State of the Store');
    this.title.caption = userInterface.trans.__(
      'What is wrong around the store, and what mends it'
    );
  }
}
